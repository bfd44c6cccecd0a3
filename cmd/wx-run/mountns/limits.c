/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include <sys/mount.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/linuxcalls.h"

/* Of those that the kernel counts by user, and a sandbox could take all of. */
static const struct { const char *of, *fs; } shared_limits[NLIMITS] = {
	{ "sys/user/max_inotify_instances", "sys/fs/inotify/max_user_instances" },
	{ "sys/user/max_inotify_watches", "sys/fs/inotify/max_user_watches" },
	{ "sys/user/max_fanotify_groups", "sys/fs/fanotify/max_user_groups" },
	{ "sys/user/max_fanotify_marks", "sys/fs/fanotify/max_user_marks" },
};

/* The number in NAME of PROC, or -1. */
static long
read_number(int proc, const char *name)
{
	char buf[32];

	return wx_read_text(proc, name, 0, buf, sizeof(buf)) <= 0 ? -1 : strtol(buf, NULL, 10);
}

void
limits_halve(long half[static NLIMITS])
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	long own, all;
	size_t i;

	for (i = 0; i < NLIMITS; i++) {
		own = read_number(proc, shared_limits[i].of);
		all = read_number(proc, shared_limits[i].fs);
		if (all >= 0 && (own < 0 || all < own))
			own = all;
		half[i] = own < 0 ? 0 : own / 2;
	}
	if (proc != -1)
		(void)close(proc);
}

/* By the sandbox's own proc file system without what the engine put over a part of it. */
bool
limits_set(const long half[static NLIMITS])
{
	int proc = open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), fd;
	bool ok = true;
	size_t i;

	if (proc == -1)
		return false;
	for (i = 0; ok && i < NLIMITS; i++) {
		fd = half[i] == 0 ? -1 : openat(proc, shared_limits[i].of, O_WRONLY | O_CLOEXEC);
		if (fd == -1)   /* a kernel without it */
			continue;
		ok = dprintf(fd, "%ld\n", half[i]) > 0;
		(void)close(fd);
	}
	(void)close(proc);
	return ok;
}
