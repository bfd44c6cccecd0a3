/* SPDX-License-Identifier: MIT */
#include "libcommon/osfile.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/linuxcalls.h"

/* A file is copied as far as it goes: one that shrinks meanwhile ends sooner. */
static int
copy_by_hand(int in, int out)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || wx_write_all(out, buf, (size_t)n) == -1)
			return -1;
	}
	return 0;
}

#ifdef __linux__
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>

/* The kernel stamps inodes by the coarse clock (current_time()). */
#define FILE_CLOCK CLOCK_REALTIME_COARSE

#define AGAIN_MAX 100   /* attempts at a path under which things are renamed */

static int
open_how(int root, const char *rel, int flags, unsigned long long resolve)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC), .resolve = resolve };
	int again = AGAIN_MAX;
	long fd;

	/* EAGAIN: a rename somewhere raced with the look-up (openat2(2)). Or somebody holds a
	 * lease on the file (fcntl(2)), and that may last for as long as he likes. */
	do
		fd = syscall(SYS_openat2, root, *rel == '\0' ? "." : rel, &how, sizeof(how));
	while (fd == -1 && (errno == EINTR || (errno == EAGAIN && again-- > 0)));
	return (int)fd;
}

int
wx_top_open(const char *path, int flags)
{
	return open(path, flags | O_PATH | O_CLOEXEC);
}

int
wx_beneath_open(int root, const char *rel, int flags)
{
	return open_how(root, rel, flags | O_NOFOLLOW,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int
wx_beneath_stat(int root, const char *rel, struct stat *st)
{
	int fd = wx_beneath_open(root, rel, O_PATH), rc, saved;

	if (fd == -1)
		return -1;
	rc = fstat(fd, st);
	saved = errno;
	(void)close(fd);
	/* O_PATH | O_NOFOLLOW opens a link at the end instead of failing. */
	if (rc == 0 && S_ISLNK(st->st_mode)) {
		errno = ELOOP;
		return -1;
	}
	errno = saved;
	return rc;
}

int
wx_beneath_ends(int root, const char *rel)
{
	return wx_beneath_end(root, rel, NULL);
}

int
wx_beneath_end(int root, const char *rel, struct stat *st)
{
	int fd = open_how(root, rel, O_PATH, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS), rc = 0;

	if (fd == -1)
		return -1;
	if (st != NULL)
		rc = fstat(fd, st);
	(void)close(fd);
	return rc;
}

bool
wx_counts_directories(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == EXT4_SUPER_MAGIC ||
	    fs.f_type == TMPFS_MAGIC || fs.f_type == XFS_SUPER_MAGIC);
}

struct timespec
wx_beneath_born(int root, const char *rel)
{
	int fd = wx_beneath_open(root, rel, O_PATH);
	struct timespec born = { 0 };
	struct statx st;

	if (fd != -1 && statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) == 0 &&
	    (st.stx_mask & STATX_BTIME) != 0)
		born = (struct timespec){ st.stx_btime.tv_sec, st.stx_btime.tv_nsec };
	if (fd != -1)
		(void)close(fd);
	return born;
}

int
wx_file_memory(void)
{
	return memfd_create("wrapix", MFD_CLOEXEC);
}

/* LEN bytes from AT of both, by the kernel. */
static int
copy_range(int in, int out, off_t at, off_t len)
{
	off_t to = at;
	ssize_t n = 0;

	while (len > 0 && (n = copy_file_range(in, &at, out, &to, (size_t)len, 0)) > 0)
		len -= n;
	return len == 0 ? 0 : -1;
}

int
wx_file_copy(int in, int out, size_t len)
{
	off_t size = (off_t)len, at = 0, end;
	int rc = 0;

	if (size <= 65536)
		return copy_by_hand(in, out);
	if (ioctl(out, FICLONE, in) == 0)
		return 0;
	/* A hole stays one (lseek(2)): what is in it may be as large as anybody likes. */
	while (rc == 0 && at < size && (at = lseek(in, at, SEEK_DATA)) != -1 && at < size) {
		end = lseek(in, at, SEEK_HOLE);
		rc = end == -1 ? -1 : copy_range(in, out, at, (end < size ? end : size) - at);
		at = end;
	}
	if (rc == 0 && (at != -1 || errno == ENXIO) && ftruncate(out, size) == 0)
		return 0;
	if (lseek(in, 0, SEEK_SET) == -1 || ftruncate(out, 0) == -1 || lseek(out, 0, SEEK_SET) == -1)
		return -1;
	return copy_by_hand(in, out);
}

int
wx_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC);
}

ssize_t
wx_send(int fd, const void *buf, size_t len)
{
	return send(fd, buf, len, MSG_NOSIGNAL);
}
#else
#define FILE_CLOCK CLOCK_REALTIME
#define HOPS_MAX 40   /* links, as Linux has it */

int
wx_top_open(const char *path, int flags)
{
	return open(path, flags | O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* NAME in DIR, which is no link. What O_NOFOLLOW says of one differs by system. */
static int
open_one(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC), saved = errno;
	struct stat st;

	if (fd == -1 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		saved = ELOOP;
	errno = saved;
	return fd;
}

/* Into NAME the next part of *REL that is more than '.', which is taken off. False with
 * errno if it leads out, or is too long. NAME is "" at the end. */
static bool
next_part(const char **rel, char name[static NAME_MAX + 1])
{
	size_t n;

	do {
		*rel += strspn(*rel, "/");
		n = strcspn(*rel, "/");
		if (n > NAME_MAX) {
			errno = ENAMETOOLONG;
			return false;
		}
		memcpy(name, *rel, n);
		name[n] = '\0';
		*rel += n;
	} while (strcmp(name, ".") == 0);
	if (strcmp(name, "..") == 0) {
		errno = EXDEV;
		return false;
	}
	return true;
}

/*
 * The folder that holds the last part of REL, and that in NAME ("" is ROOT itself). A
 * folder that is moved away meanwhile is still one that was below ROOT.
 */
static int
open_parent(int root, const char *rel, char name[static NAME_MAX + 1])
{
	char next[NAME_MAX + 1];
	int dir, into, saved;

	if (*rel == '/') {
		errno = EXDEV;
		return -1;
	}
	if (!next_part(&rel, name))
		return -1;
	dir = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (dir != -1) {
		into = -1;
		if (next_part(&rel, next)) {
			if (*next == '\0')
				return dir;
			into = open_one(dir, name, O_RDONLY | O_DIRECTORY);
			memcpy(name, next, sizeof(next));
		}
		saved = errno;
		(void)close(dir);
		errno = saved;
		dir = into;
	}
	return -1;
}

int
wx_beneath_open(int root, const char *rel, int flags)
{
	char name[NAME_MAX + 1];
	int dir = open_parent(root, rel, name), fd, saved;

	if (dir == -1)
		return -1;
	fd = open_one(dir, *name == '\0' ? "." : name, flags);
	saved = errno;
	(void)close(dir);
	errno = saved;
	return fd;
}

int
wx_beneath_stat(int root, const char *rel, struct stat *st)
{
	char name[NAME_MAX + 1];
	int dir = open_parent(root, rel, name), rc, saved;

	if (dir == -1)
		return -1;
	rc = fstatat(dir, *name == '\0' ? "." : name, st, AT_SYMLINK_NOFOLLOW);
	saved = rc == 0 && S_ISLNK(st->st_mode) ? ELOOP : errno;
	(void)close(dir);
	errno = saved;
	return rc == 0 && S_ISLNK(st->st_mode) ? -1 : rc;
}

/* AHEAD becomes the TARGET of a link, and the REST that came after that. */
static bool
replace_link(char ahead[static PATH_MAX], const char *rest, const char *target)
{
	char *all = NULL;
	int n = asprintf(&all, "%s%s", target, rest);
	bool fits = n >= 0 && n < PATH_MAX;

	if (fits)
		memcpy(ahead, all, (size_t)n + 1);
	if (n >= 0)
		free(all);
	errno = ENAMETOOLONG;
	return fits;
}

/* The last part of DONE is no more. */
static void
step_back(char *done)
{
	char *slash = strrchr(done, '/');

	*(slash == NULL ? done : slash) = '\0';
}

/* One step: the first part of what lies AHEAD to DONE, whose parts are no links. 1, 0 where
 * there is none left, or -1 with errno. */
static int
step(int root, char done[static PATH_MAX], char ahead[static PATH_MAX], int *hops)
{
	char *part = ahead + strspn(ahead, "/"), target[PATH_MAX];
	size_t n = strcspn(part, "/"), at = strlen(done);
	ssize_t got;

	if (n == 0)
		return 0;
	if (n == 2 && strncmp(part, "..", 2) == 0) {
		errno = EXDEV;
		if (at == 0)
			return -1;
		step_back(done);
	} else if (n != 1 || *part != '.') {
		errno = ENAMETOOLONG;
		if (snprintf(done + at, PATH_MAX - at, "%s%.*s", at > 0 ? "/" : "", (int)n, part) >=
		    (int)(PATH_MAX - at))
			return -1;
		got = readlinkat(root, done, target, sizeof(target) - 1);
		if (got == -1 && errno != EINVAL)
			return -1;
		if (got != -1) {
			target[got] = '\0';
			errno = *target == '/' ? EXDEV : ELOOP;
			if (*target == '/' || ++*hops > HOPS_MAX)
				return -1;
			step_back(done);
			return replace_link(ahead, part + n, target) ? 1 : -1;
		}
	}
	memmove(ahead, part + n, strlen(part + n) + 1);
	return 1;
}

int
wx_beneath_ends(int root, const char *rel)
{
	return wx_beneath_end(root, rel, NULL);
}

bool
wx_counts_directories(int fd)
{
	(void)fd;
	return false;
}

int
wx_beneath_end(int root, const char *rel, struct stat *st)
{
	char done[PATH_MAX] = "", ahead[PATH_MAX];
	int hops = 0, rc;

	errno = EXDEV;
	if (*rel == '/' || !replace_link(ahead, "", rel))
		return -1;
	while ((rc = step(root, done, ahead, &hops)) == 1)
		;
	return rc == 0 && st != NULL ? wx_beneath_stat(root, done, st) : rc;
}

struct timespec
wx_beneath_born(int root, const char *rel)
{
	struct timespec born = { 0 };
#ifdef __APPLE__
	struct stat st;

	if (wx_beneath_stat(root, rel, &st) == 0)
		born = st.st_birthtimespec;
#else
	(void)root;
	(void)rel;
#endif
	return born;
}

int
wx_file_memory(void)
{
	const char *dir = getenv("TMPDIR");
	char *path = NULL;
	int fd = -1, saved;

	if (asprintf(&path, "%s/wrapix.XXXXXX", dir == NULL || *dir != '/' ? "/tmp" : dir) == -1)
		return -1;
	fd = mkstemp(path);   /* 0600 (POSIX) */
	saved = errno;
	if (fd != -1 && (unlink(path) == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)) {
		saved = errno;
		(void)close(fd);
		fd = -1;
	}
	free(path);
	errno = saved;
	return fd;
}

int
wx_file_copy(int in, int out, size_t len)
{
	(void)len;
	return copy_by_hand(in, out);
}

ssize_t
wx_send(int fd, const void *buf, size_t len)
{
#ifdef SO_NOSIGPIPE   /* macOS */
	int on = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
	return send(fd, buf, len, 0);
#else
	return send(fd, buf, len, MSG_NOSIGNAL);
#endif
}

int
wx_pipe(int fds[2])
{
	if (pipe(fds) == -1)
		return -1;
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return 0;
}
#endif

struct timespec
wx_file_clock(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(FILE_CLOCK, &t);
	return t;
}

#ifdef __APPLE__
#define TIME(st, of) ((st)->st_##of##timespec)
#else
#define TIME(st, of) ((st)->st_##of##tim)
#endif

struct timespec
wx_stat_atime(const struct stat *st)
{
	return TIME(st, a);
}

struct timespec
wx_stat_mtime(const struct stat *st)
{
	return TIME(st, m);
}

struct timespec
wx_stat_ctime(const struct stat *st)
{
	return TIME(st, c);
}
