/* SPDX-License-Identifier: MIT */
#ifndef WX_LINUXCALLS_H
#define WX_LINUXCALLS_H

/*
 * System calls that Linux has and the C library may not: statx(2) (musl before 1.2.5) and those of the mount
 * API (musl, glibc before 2.36), with their constants. Each is as its manual page has it.
 */
#ifdef __linux__
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <unistd.h>

#ifndef STATX_BTIME
#include <linux/stat.h>

static inline int
statx(int fd, const char *path, int flags, unsigned int mask, struct statx *st)
{
	return (int)syscall(SYS_statx, fd, path, flags, mask, st);
}
#endif

#ifndef OPEN_TREE_CLONE
#include <linux/mount.h>

static inline int
open_tree(int fd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, fd, path, flags);
}

static inline int
move_mount(int from, const char *from_path, int to, const char *to_path, unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int
fsopen(const char *name, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, name, flags);
}

static inline int
fsconfig(int fd, unsigned int command, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static inline int
fsmount(int fd, unsigned int flags, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int
mount_setattr(int fd, const char *path, unsigned int flags, struct mount_attr *attr, size_t size)
{
	return (int)syscall(SYS_mount_setattr, fd, path, flags, attr, size);
}
#endif
#endif

#endif
