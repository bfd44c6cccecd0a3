/* SPDX-License-Identifier: MIT */
#include "libcommon/atomic.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

#define LOCK_STEP 5 /* ms */

int
wx_dir_lock(int dir, int ms)
{
	const struct timespec step = { 0, LOCK_STEP * 1000000L };

	/* Not a blocking flock: who holds it may be stopped for good. */
	while (flock(dir, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return 0;
		if (ms <= 0)
			return -1;
		(void)nanosleep(&step, NULL);
		ms -= LOCK_STEP;
	}
	return 0;
}

int
wx_dir_unlock(int dir)
{
	return flock(dir, LOCK_UN);
}

int
wx_fs_sync(int dir)
{
#ifdef __linux__
	return syncfs(dir);
#else
	(void)dir;
	sync();
	return 0;
#endif
}

int
wx_dir_sync(int dir)
{
	/* EINVAL: a file system that does not know how, for folders. */
	return fsync(dir) == -1 && errno != EINVAL ? -1 : 0;
}

int
wx_temp_name(char temp[static NAME_MAX + 1], const char *name)
{
	int n = snprintf(temp, NAME_MAX + 1, ".%s.wx-new", name);

	if (n > 0 && n <= NAME_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* Remove it, and leave errno alone: -1. */
static int
fail(int dir, const char *temp)
{
	int saved = errno;

	(void)unlinkat(dir, temp, 0);
	errno = saved;
	return -1;
}

static int
make_empty(int dir, const char *temp)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, temp, flags, 0600);

	/* What a killed run left. */
	if (fd == -1 && errno == EEXIST && unlinkat(dir, temp, 0) == 0)
		fd = openat(dir, temp, flags, 0600);
	return fd;
}

/* Most often it has it already, as asked for when it was made; looking costs less than a change. */
static int
set_mode(int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode)
		return 0;
	return fchmod(fd, mode);
}

int
wx_temp_write(int dir, const char *name, mode_t mode, const void *buf, size_t len, bool sync)
{
	char temp[NAME_MAX + 1];
	int fd, saved;

	if (wx_temp_name(temp, name) == -1)
		return -1;
	fd = make_empty(dir, temp);
	if (fd == -1)
		return -1;
	if (set_mode(fd, mode) == -1 || wx_write_all(fd, buf, len) == -1 || (sync && fsync(fd) == -1)) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return fail(dir, temp);
	}
	return close(fd) == -1 ? fail(dir, temp) : 0;
}

int
wx_temp_sync(int dir, const char *name)
{
	char temp[NAME_MAX + 1];
	int fd, rc, saved;

	if (wx_temp_name(temp, name) == -1)
		return -1;
	fd = openat(dir, temp, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = fsync(fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rc == -1 ? fail(dir, temp) : 0;
}

int
wx_temp_link(int dir, const char *name)
{
	char temp[NAME_MAX + 1];
	struct stat st;

	if (wx_temp_name(temp, name) == -1)
		return -1;
#ifdef RENAME_NOREPLACE
	/* One step where the kernel and the file system know how; else they say EINVAL or ENOSYS. */
	if (renameat2(dir, temp, dir, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return fail(dir, temp);
#endif
	if (linkat(dir, temp, dir, name, 0) == 0)
		return unlinkat(dir, temp, 0);
	/* A file system without links (FAT): who holds the lock may look, then rename. */
	if ((errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS) &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		return wx_temp_rename(dir, name);
	return fail(dir, temp);
}

int
wx_temp_rename(int dir, const char *name)
{
	char temp[NAME_MAX + 1];

	if (wx_temp_name(temp, name) == -1)
		return -1;
	return renameat(dir, temp, dir, name) == -1 ? fail(dir, temp) : 0;
}

int
wx_temp_remove(int dir, const char *name)
{
	char temp[NAME_MAX + 1];

	if (wx_temp_name(temp, name) == -1)
		return -1;
	return unlinkat(dir, temp, 0) == -1 && errno != ENOENT ? -1 : 0;
}

int
wx_temp_keep_times(int dir, const char *name)
{
	char temp[NAME_MAX + 1];
	struct timespec times[2];
	struct stat st;

	if (wx_temp_name(temp, name) == -1 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	times[0] = wx_stat_atime(&st);
	times[1] = wx_stat_mtime(&st);
	return utimensat(dir, temp, times, AT_SYMLINK_NOFOLLOW);
}

int
wx_file_create(int dir, const char *name, mode_t mode, const void *buf, size_t len)
{
	if (wx_temp_write(dir, name, mode, buf, len, true) == -1 || wx_temp_link(dir, name) == -1)
		return -1;
	return wx_dir_sync(dir);
}

int
wx_file_replace(int dir, const char *name, mode_t mode, const void *buf, size_t len)
{
	if (wx_temp_write(dir, name, mode, buf, len, true) == -1 || wx_temp_rename(dir, name) == -1)
		return -1;
	return wx_dir_sync(dir);
}
