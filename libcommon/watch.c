/* SPDX-License-Identifier: MIT */
#include "libcommon/watch.h"

#include <errno.h>

#ifdef __linux__
#include <sys/inotify.h>

#include <unistd.h>

int
wx_watch_open(void)
{
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

int
wx_watch_add(int fd, const char *path)
{
	return inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB |
	    IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR) == -1 ? -1 : 0;
}

void
wx_watch_clear(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof(buf)) > 0)
		;
}
#else
int
wx_watch_open(void)
{
	return -1;
}

int
wx_watch_add(int fd, const char *path)
{
	(void)fd;
	(void)path;
	errno = ENOSYS;
	return -1;
}

void
wx_watch_clear(int fd)
{
	(void)fd;
}
#endif
