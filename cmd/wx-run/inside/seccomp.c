/* SPDX-License-Identifier: MIT */
#include "inside.h"

#include <sys/mman.h>

#include <errno.h>
#include <unistd.h>

#include <linux/filter.h>

#include "libcommon/fileio.h"

/* Made at build time: seccomp.gen.c says what is in it, and why. */
static const struct sock_filter filter[] = {
#include "seccomp.gen.h"
};

int
seccomp_filter_fd(void)
{
	int fd = memfd_create("seccomp", MFD_CLOEXEC), saved;

	if (fd != -1 && (wx_write_all(fd, filter, sizeof(filter)) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1)) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		fd = -1;
	}
	return fd;
}

const void *
seccomp_filter(size_t *len)
{
	*len = sizeof(filter);
	return filter;
}
