/* SPDX-License-Identifier: MIT */
#include "append.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

static void
lock(int fd, const char *path, int how)
{
	int rc;

	do
		rc = flock(fd, how);
	while (rc == -1 && errno == EINTR);
	if (rc == -1)
		err(WX_FAIL, "cannot lock '%s'", path);
}

int
record_open(const char *path, bool append)
{
	int flags = append ? O_RDWR | O_APPEND | O_CREAT : O_RDONLY;
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		err(WX_FAIL, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		errx(WX_FAIL, "'%s' is no file", path);
	if (append && (st.st_uid != geteuid() || (st.st_mode & 022) != 0))
		errx(WX_FAIL, "'%s' can be written by others: chmod 600 it, or take a file of your own", path);
	return fd;
}

void
record_share(int fd, const char *path)
{
	lock(fd, path, LOCK_SH);
}

/* The last newline of S, LEN bytes, or NULL. */
static char *
newline(char *s, size_t len)
{
	while (len > 0 && s[len - 1] != '\n')
		len--;
	return len > 0 ? s + len - 1 : NULL;
}

/* The place of the last line, and where it ends. What stands behind it is of a write that was cut short. */
static off_t
last(int fd, const char *path, struct head *h)
{
	static char buf[2 * CHAIN_LINE];
	off_t size = lseek(fd, 0, SEEK_END), from = size > (off_t)sizeof(buf) ? size - (off_t)sizeof(buf) : 0;
	ssize_t n = pread(fd, buf, sizeof(buf), from);
	char *end, *line, prev[CHAIN_HASH];
	uint64_t count;

	if (size == -1 || n == -1 || (off_t)n != size - from)
		err(WX_FAIL, "cannot read '%s'", path);
	chain_begin(h);
	end = newline(buf, (size_t)n);
	if (end == NULL && from == 0)
		return 0;
	if (end == NULL)
		errx(WX_FAIL, "'%s' does not end with a line of wx-log's", path);
	*end = '\0';
	line = newline(buf, (size_t)(end - buf));
	line = line == NULL ? buf : line + 1;
	if (!chain_read(line, (size_t)(end - line), &count, prev))
		errx(WX_FAIL, "'%s' does not end with a line of wx-log's", path);
	chain_at(h, count, line, (size_t)(end - line));
	return from + (end - buf) + 1;
}

void
record_append(int fd, const char *path, const char *data, size_t len, struct head *h)
{
	static char line[CHAIN_LINE];
	off_t at;
	size_t n;
	int e;

	lock(fd, path, LOCK_EX);
	at = last(fd, path, h);
	if (ftruncate(fd, at) == -1)
		err(WX_FAIL, "cannot write '%s'", path);
	n = chain_make(h, data, len, line, sizeof(line));
	if (n == 0)
		errx(WX_FAIL, "a record of %zu bytes is too long", len);
	if (wx_write_all(fd, line, n) == -1 || fsync(fd) == -1) {
		e = errno;
		if (ftruncate(fd, at) == -1)
			warn("cannot take an unfinished line from '%s'", path);
		errno = e;
		err(WX_FAIL, "cannot write '%s'", path);
	}
	lock(fd, path, LOCK_UN);
}
