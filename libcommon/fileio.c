/* SPDX-License-Identifier: MIT */
#include "libcommon/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int
wx_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
wx_read_all(int fd, void *buf, size_t cap)
{
	char *p = buf, extra;
	size_t have = 0;
	ssize_t n;

	for (;;) {
		n = have < cap ? read(fd, p + have, cap - have)
		    : read(fd, &extra, 1);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (have == cap) {
			errno = EMSGSIZE;
			return -1;
		}
		have += (size_t)n;
	}
	return n == -1 ? -1 : (ssize_t)have;
}

ssize_t
wx_read_text(int at, const char *name, int flags, char *buf, size_t cap)
{
	int fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags), saved;
	ssize_t n = fd == -1 ? -1 : wx_read_all(fd, buf, cap - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd != -1) {
		saved = errno;
		(void)close(fd);
		errno = saved;
	}
	return n;
}

int
wx_own_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid == geteuid() || st.st_uid == 0) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	(void)close(fd);
	errno = EPERM;
	return -1;
}

int
wx_dir_open(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

DIR *
wx_dir_list(int at, const char *name)
{
	int fd = wx_dir_open(at, name), saved;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL && fd != -1) {
		saved = errno;
		(void)close(fd);
		errno = saved;
	}
	return dir;
}

int
wx_flush(FILE *fp)
{
	if (ferror(fp)) {
		errno = EIO;
		return -1;
	}
	return fflush(fp) == EOF ? -1 : 0;
}
