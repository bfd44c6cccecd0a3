/* SPDX-License-Identifier: MIT */
#include "mountns.h"

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/nsfs.h>
#include <linux/openat2.h>

#include "libcommon/fileio.h"
#include "libcommon/linuxcalls.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"
#include "limits.h"
#include "mountinfo.h"
#include "narrow.h"

/* Where covers are made: a directory inside that every engine has, for a moment. */
#define COVERS_DIR "/dev/shm"
#define COVER_BYTES "16m"

/*
 * The child is a process of its own in our memory, while we wait: what it says it says on
 * our behalf, and it leaves by returning only.
 */
struct work {
	const struct plan *plan;
	int       mounts;    /* the mount namespace, */
	int       users;     /* and the user namespace that owns it */
	int       root;      /* its root directory, once we are in it */
	int       covers;    /* the file system of the covers, or -1 */
	unsigned  names;     /* how many are in it */
	mount_id *ids;       /* see mountinfo.h */
	bool      ok;
};

/* ---- what is said ---- */

static bool
refuse(const char *what, const char *where)
{
	if (errno == ENOSYS)
		warnx("refused to start: this kernel cannot mount by descriptor (mount_setattr(2)); "
		    "wx-run needs Linux 5.12 or newer");
	else
		warn("refused to start: cannot %s '%s' inside", what, where);
	return false;
}

static bool
changed(const struct mount *m)
{
	warnx("refused to start: '%s' inside is not '%s'; was it changed just now? try again",
	    escaped(m->dest), m->src == NULL ? "what was looked at" : escaped(m->src));
	return false;
}

/* ---- podman: nosuid and nodev ---- */

/* Of the mount at PATH; what else it is stays. */
static bool
tighten(const char *path)
{
	struct mount_attr add = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

	return mount_setattr(AT_FDCWD, path, 0, &add, sizeof(add)) == 0;
}

/* ---- what the engine mounted ---- */

static int
open_inside(int root, const char *path, unsigned long long resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
	    .resolve = resolve | RESOLVE_NO_MAGICLINKS };
	long fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd == -1 && (errno == EAGAIN || errno == EINTR));
	return (int)fd;
}

/* Did the engine mount the I-th, and is that to be seen? */
static bool
by_engine(const struct plan *p, size_t i)
{
	const struct mount *m = &p->mounts.v[i];
	bool is = m->kind == MOUNT_RO || m->kind == MOUNT_RW || m->kind == MOUNT_TMPFS ||
	    (m->kind == MOUNT_FILE && p->engine->detached && !path_within(m->dest, p->home));
	size_t k;

	for (k = i + 1; is && k < p->mounts.n; k++)
		is = p->mounts.v[k].late || !path_within(m->dest, p->mounts.v[k].dest);
	return is && !m->late;
}

/* What is at DEST of M, and is it what was looked at? */
static bool
look(const struct work *w, const struct mount *m, struct statx *st)
{
	int fd = open_inside(w->root, m->dest, RESOLVE_IN_ROOT);
	bool ok = fd != -1 && statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID,
	    st) == 0;

	if (fd != -1 && ok)
		(void)close(fd);
	/* Renamed since it was mounted. */
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return changed(m);
	return ok || refuse("look at", escaped(m->dest));
}

static bool
verify_engine(const struct work *w)
{
	const struct plan *p = w->plan;
	const struct mount *m;
	struct statx st;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->ino == 0 || !by_engine(p, i))
			continue;
		if (!look(w, m, &st))
			return false;
		if (st.stx_ino != m->ino || makedev(st.stx_dev_major, st.stx_dev_minor) != m->dev)
			return changed(m);
	}
	return true;
}

/* Which mount is to be seen at the place of each. */
static bool
note_mounts(const struct work *w)
{
	const struct plan *p = w->plan;
	struct statx st;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		if (w->ids[i] == 0 && !by_engine(p, i))
			continue;
		if (!look(w, &p->mounts.v[i], &st))
			return false;
		if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
			/* Ours was renamed away, with the mount on it. */
			if (p->mounts.v[i].late)
				return changed(&p->mounts.v[i]);
			warnx("refused to start: '%s' is not mounted inside",
			    escaped(p->mounts.v[i].dest));
			return false;
		}
		w->ids[i] = st.stx_mnt_id;
	}
	return true;
}

/* ---- what we mount ---- */

/* An empty file system, at COVERS_DIR till the end of this. Covers are mounts of things
 * in it; the whole of it is nowhere to be seen. */
static bool
begin_covers(struct work *w)
{
	int fs;

	if (w->covers != -1)
		return true;
	fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (fs == -1 || fsconfig(fs, FSCONFIG_SET_STRING, "size", COVER_BYTES, 0) == -1 ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) == -1 ||
	    fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == -1)
		return refuse("make covers at", COVERS_DIR);
	w->covers = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	(void)close(fs);
	if (w->covers == -1 ||
	    move_mount(w->covers, "", AT_FDCWD, COVERS_DIR, MOVE_MOUNT_F_EMPTY_PATH) == -1)
		return refuse("make covers at", COVERS_DIR);
	return true;
}

static bool
end_covers(struct work *w)
{
	if (w->covers == -1)
		return true;
	(void)close(w->covers);
	w->covers = -1;
	return umount2(COVERS_DIR, MNT_DETACH) == 0 || refuse("make covers at", COVERS_DIR);
}

/* A new file with LEN bytes of DATA, or a directory where that is NULL, as a mount. */
static int
cover(struct work *w, const char *data, size_t len)
{
	char name[16];
	int fd;

	if (!begin_covers(w))
		return -1;
	(void)snprintf(name, sizeof(name), "%u", w->names++);
	if (data == NULL) {
		if (mkdirat(w->covers, name, 0555) == -1)
			return -1;
	} else {
		fd = openat(w->covers, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (fd == -1 || wx_write_all(fd, data, len) == -1 || close(fd) == -1)
			return -1;
	}
	return open_tree(w->covers, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

/* The mount TREE onto what PLACE is. */
static bool
put(int tree, int place, bool ro)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
	    (ro ? MOUNT_ATTR_RDONLY : 0) };

	return mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) == 0 &&
	    move_mount(tree, "", place, "",
	    MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0;
}

/* Below what the engine mounted: a descriptor of the place of the I-th, not yet compared. */
static int
open_place(const struct work *w, size_t i)
{
	const struct mounts *all = &w->plan->mounts;
	const char *dest = all->v[i].dest;
	size_t k = i;
	int top, fd;

	while (k > 0 && (all->v[k - 1].late || !path_within(dest, all->v[k - 1].dest)))
		k--;
	if (k == 0) {
		errno = ENOENT;
		return -1;
	}
	top = open_inside(w->root, all->v[k - 1].dest, RESOLVE_IN_ROOT);
	if (top == -1)
		return -1;
	fd = wx_beneath_open(top, dest + strlen(all->v[k - 1].dest) + 1, O_PATH);
	(void)close(top);
	return fd;
}

static bool
mount_at(struct work *w, const struct mount *m, int place)
{
	bool ro = m->kind != MOUNT_RW, ok;
	int tree;

	if (m->kind == MOUNT_FILE || m->kind == MOUNT_DIR)
		tree = cover(w, m->content, m->len);
	else
		tree = open_tree(place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
		    AT_RECURSIVE);
	ok = tree != -1 && put(tree, place, ro);
	if (!ok)
		(void)refuse("mount", escaped(m->dest));
	if (tree != -1)
		(void)close(tree);
	return ok;
}

static bool
mount_late(struct work *w, size_t i)
{
	const struct mount *m = &w->plan->mounts.v[i];
	int place = open_place(w, i);
	struct stat st;
	bool there = place != -1 && fstat(place, &st) == 0 &&
	    (m->ino == 0 || (st.st_dev == m->dev && st.st_ino == m->ino));
	bool gone = !there && strcmp(m->why, "socket") == 0, ok = gone;

	if (there)
		ok = mount_at(w, m, place);
	else if (!gone)
		(void)changed(m);
	if (place != -1)
		(void)close(place);
	w->ids[i] = there;   /* note_mounts says which */
	return ok;
}

/* Names and sizes of the keys of the user, and of others. podman masks the first. */
static bool
cover_keys(struct work *w)
{
	static const char *const files[] = { "/proc/keys", "/proc/key-users", NULL };
	const char *const *f;
	struct statx st;
	int place, tree;
	bool ok = true;

	for (f = files; ok && *f != NULL; f++) {
		place = open_inside(w->root, *f, RESOLVE_IN_ROOT);
		if (place == -1)   /* a kernel without keys */
			continue;
		if (statx(place, "", AT_EMPTY_PATH, STATX_TYPE, &st) == -1 ||
		    (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0) {
			tree = cover(w, "", 0);
			ok = tree != -1 && put(tree, place, true);
			if (!ok)
				(void)refuse("cover", *f);
			if (tree != -1)
				(void)close(tree);
		}
		(void)close(place);
	}
	return ok;
}

static bool
work_inside(struct work *w)
{
	const struct plan *p = w->plan;
	size_t i;

	w->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->root == -1)
		return refuse("open", "/");
	if (!verify_engine(w))
		return false;
	if (p->store != NULL && !narrow(p->store))
		return refuse("show a part of", STORE_DIR);
	if (p->engine->detached && !tighten("/"))
		return refuse("make nosuid and nodev", "/");
	for (i = 0; p->engine->detached && i < p->mounts.n; i++)
		if ((p->mounts.v[i].kind == MOUNT_RO || p->mounts.v[i].kind == MOUNT_RW) &&
		    by_engine(p, i) && !tighten(p->mounts.v[i].dest))
			return refuse("make nosuid and nodev", escaped(p->mounts.v[i].dest));
	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].late && !mount_late(w, i))
			return false;
	return cover_keys(w) && end_covers(w) && note_mounts(w);
}

static int
inside(void *arg)
{
	struct work *w = arg;
	long half[NLIMITS];

	limits_halve(half);
	if (setns(w->users, CLONE_NEWUSER) == -1 || setns(w->mounts, CLONE_NEWNS) == -1)
		warn("cannot enter the sandbox");
	else
		w->ok = (limits_set(half) || refuse("limit", "/proc/sys/user")) && work_inside(w);
	return 0;
}

/*
 * By fork(2) what we have in memory would be mapped once more; setns(2) for a user namespace
 * wants one thread and a root directory of its own, and memory may be shared (Linux 4.4).
 */
static bool
by_child(struct work *w)
{
	static _Alignas(16) char stack[256 << 10];
	pid_t pid = clone(inside, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, w);

	if (pid == -1) {
		warn("cannot start a process");
		return false;
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	/* With new powers the kernel makes that what fs.suid_dumpable says (proc(5)). */
	return prctl(PR_SET_DUMPABLE, 0) == 0 && w->ok;
}

/* The mounts of P, and those of LATE. */
static struct mounts
both(const struct plan *p, const struct mounts *late)
{
	struct mounts all = p->mounts;
	size_t i;

	if (late->n == 0)
		return all;
	all = (struct mounts){ 0 };
	for (i = 0; i < p->mounts.n + late->n; i++)
		mount_copy(&all, i < p->mounts.n ? &p->mounts.v[i] : &late->v[i - p->mounts.n]);
	return all;
}

bool
mountns_finish(const struct plan *plan, const struct mounts *late, pid_t pid)
{
	struct plan whole = *plan;
	const struct plan *p = &whole;
	struct work w = { .plan = p, .covers = -1, .users = -1 };
	char path[64];
	bool ok = false;
	int list;

	whole.mounts = both(plan, late);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	w.mounts = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	list = open(path, O_RDONLY | O_CLOEXEC);
	w.users = w.mounts == -1 ? -1 : ioctl(w.mounts, NS_GET_USERNS);
	w.ids = calloc(p->mounts.n + 1, sizeof(*w.ids));
	if (w.users == -1 || list == -1 || w.ids == NULL)
		warn("cannot enter the sandbox");
	else
		ok = by_child(&w) && mountinfo_agrees(p, list, w.ids);
	free(w.ids);
	if (w.users != -1)
		(void)close(w.users);
	if (w.mounts != -1)
		(void)close(w.mounts);
	if (list != -1)
		(void)close(list);
	return ok;
}
