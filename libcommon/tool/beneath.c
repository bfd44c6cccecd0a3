/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/strv.h"

char *
beneath_link(int root, const char *rel)
{
	char *prefix = xstrdup(rel), *p = prefix;
	struct stat st;

	while (*p != '\0') {
		p += strcspn(p, "/");
		char keep = *p;
		*p = '\0';
		if (wx_beneath_stat(root, prefix, &st) == -1 && errno == ELOOP)
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
	return wx_beneath_open(root, dir, O_RDONLY | O_DIRECTORY);
}

ssize_t
beneath_read(int root, const char *rel, char *buf, size_t cap)
{
	/* O_NONBLOCK: a FIFO with no writer must not hold us. */
	int fd = wx_beneath_open(root, rel, O_RDONLY | O_NONBLOCK | O_NOCTTY), saved;
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
