/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

#define DEPTH_MAX 16

static int
copy_file(int from, int to, const char *name)
{
	int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), out = -1, rc = -1, saved;
	struct stat st;

	if (in == -1)
		return -1;
	if (fstat(in, &st) == 0)
		out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    (st.st_mode & 0777) | S_IRUSR | S_IWUSR);
	if (out != -1)
		rc = wx_file_copy(in, out, (size_t)st.st_size);
	if (rc == 0) {
		struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, wx_stat_mtime(&st) };

		rc = futimens(out, times);
	}
	saved = errno;
	if (out != -1)
		(void)close(out);
	(void)close(in);
	errno = saved;
	return rc;
}

static int
copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n == -1)
		return -1;
	target[n] = '\0';
	return symlinkat(target, to, name);
}

static int copy_one(int from, int to, const char *name, int depth, int *left);

static int
copy_dir(int from, int to, const char *name, int depth, int *left)
{
	int in = wx_dir_open(from, name), out = -1, rc = -1;
	DIR *dir = in == -1 ? NULL : fdopendir(in);
	struct dirent *e;
	size_t n;

	if (dir == NULL) {
		if (in != -1)
			(void)close(in);
		return -1;
	}
	if (mkdirat(to, name, 0755) == 0)
		out = wx_dir_open(to, name);
	if (out != -1)
		rc = 0;
	while (rc == 0 && *left > 0 && (e = readdir(dir)) != NULL) {
		/* git init leaves a dozen of samples of hooks, which are never run (githooks(5)). */
		n = strlen(e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    (n > 5 && strcmp(e->d_name + n - 5, ".lock") == 0) ||
		    (n > 7 && strcmp(e->d_name + n - 7, ".sample") == 0))
			continue;
		rc = copy_one(in, out, e->d_name, depth + 1, left);
		/* It went away meanwhile. */
		if (rc == -1 && errno == ENOENT)
			rc = 0;
	}
	(void)closedir(dir);
	if (out != -1)
		(void)close(out);
	return rc;
}

static int
copy_one(int from, int to, const char *name, int depth, int *left)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	(*left)--;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name);
	return S_ISDIR(st.st_mode) && depth < DEPTH_MAX ? copy_dir(from, to, name, depth, left) : 0;
}

int
copy_entry(int from, int to, const char *name)
{
	int left = COPY_ENTRIES;

	return copy_one(from, to, name, 0, &left);
}

int
copy_text(int dir, const char *name, const void *data, unsigned long len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644), rc = -1, saved;

	if (fd == -1)
		return -1;
	rc = wx_write_all(fd, data, len);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rc;
}
