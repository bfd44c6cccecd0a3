/* SPDX-License-Identifier: MIT */
#include "beneath.h"

#include <sys/syscall.h>

#include <linux/openat2.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "words.h"

int
beneath_top(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

int
beneath_open(int root, const char *rel, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (*rel == '\0')
		rel = ".";
	do /* EAGAIN: a rename somewhere raced with the look-up (openat2(2)) */
		fd = syscall(SYS_openat2, root, rel, &how, sizeof(how));
	while (fd == -1 && (errno == EAGAIN || errno == EINTR));
	return (int)fd;
}

int
beneath_stat(int root, const char *rel, struct stat *st)
{
	int fd = beneath_open(root, rel, O_PATH), rc, saved;

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

char *
beneath_link(int root, const char *rel)
{
	char *prefix = xstrdup(rel), *p = prefix;
	struct stat st;

	while (*p != '\0') {
		p += strcspn(p, "/");
		char keep = *p;
		*p = '\0';
		if (beneath_stat(root, prefix, &st) == -1 && errno == ELOOP)
			return prefix;
		*p = keep;
		p += keep != '\0';
	}
	free(prefix);
	return NULL;
}

int
beneath_parent(int root, const char *rel, const char **name)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(rel, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - rel);

	if (n >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, rel, n);
	dir[n] = '\0';
	*name = slash == NULL ? rel : slash + 1;
	return beneath_open(root, dir, O_RDONLY | O_DIRECTORY);
}

ssize_t
beneath_read(int root, const char *rel, char *buf, size_t cap)
{
	/* O_NONBLOCK: a FIFO with no writer must not hold us. */
	int fd = beneath_open(root, rel, O_RDONLY | O_NONBLOCK | O_NOCTTY), saved;
	struct stat st;
	ssize_t n = -1;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0) {
		errno = ENODEV;
		if (S_ISREG(st.st_mode))
			n = wx_read_all(fd, buf, cap - 1);
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	if (n >= 0)
		buf[n] = '\0';
	return n;
}
