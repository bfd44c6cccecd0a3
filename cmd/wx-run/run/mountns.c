/* SPDX-License-Identifier: MIT */
#include "mountns.h"

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "libcommon/exitcode.h"

/* Of us, a child, only: where the mounts of the process are made. The user namespace is
 * that which owns them; the process is in one below it. */
static bool
enter(pid_t pid)
{
	char path[64];
	int mounts, users;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	mounts = open(path, O_RDONLY | O_CLOEXEC);
	users = mounts == -1 ? -1 : ioctl(mounts, NS_GET_USERNS);
	return users != -1 && setns(users, CLONE_NEWUSER) == 0 && setns(mounts, CLONE_NEWNS) == 0;
}

/*
 * PATH of the whole store, which is our working folder, into the new one, NEW. A mount
 * of what is read-only already is so as well.
 */
static bool
place(const char *path, int new)
{
	const char *name = path + sizeof(STORE_DIR);
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;
	int fd;

	if (lstat(name, &st) == -1)
		return false;
	if (S_ISLNK(st.st_mode)) {
		n = readlink(name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		return n > 0 && symlinkat(target, new, name) == 0;
	}
	if (S_ISDIR(st.st_mode)) {
		if (mkdirat(new, name, 0755) == -1)
			return false;
	} else {
		fd = openat(new, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (fd == -1)
			return false;
		(void)close(fd);
	}
	return mount(name, path, NULL, MS_BIND, NULL) == 0;
}

/* The whole store stays below the new one, where nobody inside can uncover it. */
static bool
cover(const struct store *s)
{
	static const unsigned long flags = MS_NOSUID | MS_NODEV;
	size_t i;
	int new;

	if (chdir(STORE_DIR) == -1 ||
	    mount("tmpfs", STORE_DIR, "tmpfs", flags, "mode=0755,size=64m") == -1)
		return false;
	new = open(STORE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (new == -1)
		return false;
	for (i = 0; i < s->paths.n; i++)
		if (!place(s->paths.v[i], new)) {
			warn("cannot show '%s' inside", s->paths.v[i]);
			_exit(WX_CHAIN);
		}
	return mount(NULL, STORE_DIR, NULL, flags | MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0;
}

/* nosuid and nodev of the mount at PATH; what else it is stays. */
static bool
tighten(const char *path)
{
	struct mount_attr add = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

	return syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &add, sizeof(add)) == 0 || errno == ENOSYS;
}

static bool
tighten_all(const void *arg)
{
	const struct plan *p = arg;
	const struct mount *m;
	bool ok = tighten("/");
	size_t i;

	for (i = 0; ok && i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		ok = (m->kind != MOUNT_RO && m->kind != MOUNT_RW) || tighten(m->dest);
	}
	if (!ok)
		warn("cannot make the mounts inside nosuid and nodev");
	return ok;
}

static bool
narrow(const void *store)
{
	bool ok = cover(store);

	if (!ok)
		warn("cannot show a part of '" STORE_DIR "' inside");
	return ok;
}

/* ACT in the mount namespace of PID, by a child, which has all powers there. */
static bool
in_mounts(pid_t pid, bool (*act)(const void *), const void *arg)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		if (enter(pid))
			_exit(act(arg) ? WX_OK : WX_CHAIN);
		warn("cannot enter the sandbox");
		_exit(WX_CHAIN);
	}
	if (child == -1)
		warn("cannot fork");
	while (child != -1 && waitpid(child, &status, 0) == -1 && errno == EINTR)
		;
	return status == 0;
}

bool
mountns_narrow(const struct store *s, pid_t pid)
{
	return in_mounts(pid, narrow, s);
}

bool
mountns_tighten(const struct plan *p, pid_t pid)
{
	return in_mounts(pid, tighten_all, p);
}
