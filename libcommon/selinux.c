/* SPDX-License-Identifier: MIT */
#include "libcommon/selinux.h"

#include <fcntl.h>
#include <unistd.h>

bool
wx_selinux_enforcing(void)
{
	int fd = open("/sys/fs/selinux/enforce", O_RDONLY | O_CLOEXEC);
	char c = '0';
	bool yes = fd != -1 && read(fd, &c, 1) == 1 && c == '1';

	if (fd != -1)
		(void)close(fd);
	return yes;
}
