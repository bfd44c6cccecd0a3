/* SPDX-License-Identifier: MIT */
#include "bwrap.h"

#include <inttypes.h>

static void
add_tmpfs(struct strv *out, uint64_t size, unsigned mode, const char *dest)
{
	strv_add(out, "--perms");
	strv_addf(out, "%04o", mode);
	strv_add(out, "--size");
	strv_addf(out, "%" PRIu64, size);
	strv_add(out, "--tmpfs");
	strv_add(out, dest);
}

static void
add_data(struct strv *out, int fd, unsigned mode, const char *option, const char *dest)
{
	strv_add(out, "--perms");
	strv_addf(out, "%04o", mode);
	strv_add(out, option);
	strv_addf(out, "%d", fd);
	strv_add(out, dest);
}

static void
add_bind(struct strv *out, const char *option, const char *src, const char *dest)
{
	strv_add(out, option);
	strv_add(out, src);
	strv_add(out, dest);
}

/*
 * A made file is written where it stands: below HOME it can be changed inside,
 * for the time of the run, elsewhere it lies in the read-only root.
 */
static void
add_mount(struct strv *out, const struct mount *m, int *fd)
{
	switch (m->kind) {
	case MOUNT_RO:
		add_bind(out, "--ro-bind", m->src, m->dest);
		break;
	case MOUNT_RW:
		add_bind(out, "--bind", m->src, m->dest);
		break;
	case MOUNT_DEV:
		add_bind(out, "--dev-bind", m->src, m->dest);
		break;
	case MOUNT_SYMLINK:
		add_bind(out, "--symlink", m->src, m->dest);
		break;
	case MOUNT_TMPFS:
		add_tmpfs(out, m->size, m->mode, m->dest);
		break;
	case MOUNT_DIR:
		strv_add(out, "--perms");
		strv_add(out, "0755");
		strv_add(out, "--dir");
		strv_add(out, m->dest);
		break;
	case MOUNT_FILE:
		add_data(out, (*fd)++, m->mode, "--file", m->dest);
		break;
	}
}

/* The namespaces, and that nothing in them has or gains a power. */
static void
add_isolation(struct strv *out, const struct plan *p)
{
	static const char *const all[] = { "--unshare-user", "--unshare-pid",
	    "--unshare-ipc", "--unshare-uts", "--unshare-cgroup", "--disable-userns",
	    "--as-pid-1", "--cap-drop", "ALL", "--hostname", "wrapix", NULL };

	strv_addv(out, all);
	if (p->net != NET_HOST)
		strv_add(out, "--unshare-net");
	strv_add(out, "--uid");
	strv_addf(out, "%u", (unsigned)p->uid);
	strv_add(out, "--gid");
	strv_addf(out, "%u", (unsigned)p->gid);
	strv_add(out, "--seccomp");
	strv_addf(out, "%d", FD_FILTER);
}

void
bwrap_options(const struct plan *p, const struct strv *secret_names,
    struct strv *out)
{
	int fd = FD_FILES;
	char *dest;
	size_t i;

	add_isolation(out, p);
	add_bind(out, "--proc", "/proc", "--dev");
	strv_add(out, "/dev");
	for (i = 0; i < p->mounts.n; i++)
		if (!p->mounts.v[i].late)
			add_mount(out, &p->mounts.v[i], &fd);
	add_data(out, FD_INIT, 0555, "--file", INIT_PATH);
	for (i = 0; secret_names != NULL && i < secret_names->n; i++) {
		dest = xprintf("%s/%s", SECRETS_DIR, secret_names->v[i]);
		add_data(out, fd++, 0400, "--file", dest);
		free(dest);
	}
	add_tmpfs(out, p->shm_size, 01777, "/dev/shm");
	strv_add(out, "--remount-ro");
	strv_add(out, "/dev");
	strv_add(out, "--remount-ro");
	strv_add(out, "/");
	for (i = 0; i < p->env.n; i++)
		add_bind(out, "--setenv", p->env.v[i].name, p->env.v[i].value);
	strv_add(out, "--chdir");
	strv_addf(out, "%s%s%s", p->at, p->sub == NULL ? "" : "/", p->sub == NULL ? "" : p->sub);
}

/*
 * A user systemd, where there is one, holds the limits by a scope's cgroup; it
 * runs what it is given in the same process (systemd-run(1), --scope), with its
 * own environment: env(1) empties that.
 */
static void
add_scope(struct strv *out, const struct limits *l)
{
	static const char *const head[] = { "systemd-run", "--user", "--scope",
	    "--quiet", "--collect", NULL };
	static const char *const tail[] = { "--", "env", "-i", NULL };

	strv_addv(out, head);
	strv_addf(out, "--property=MemoryMax=%" PRIu64, l->memory);
	strv_add(out, "--property=MemorySwapMax=0");
	/* Where the kernel kills one process for memory, systemd is not to end the
	 * others; a scope knows OOMPolicy= itself since 253 only (systemd.scope(5)). */
	strv_add(out, "--property=Delegate=yes");
	strv_addf(out, "--property=TasksMax=%" PRIu64, l->pids + 8);
	if (l->cpu_cgroup)
		strv_addf(out, "--property=CPUQuota=%" PRIu64 "%%", l->cpus * 100);
	strv_addv(out, tail);
}

void
bwrap_argv(const struct plan *p, const struct launch *l, struct strv *out)
{
	size_t i;

	if (p->limits.cgroup)
		add_scope(out, &p->limits);
	/* env -i knows no PATH but the system's. */
	strv_add(out, p->limits.cgroup && p->program != NULL ? p->program : "bwrap");
	if (l->by_fd) {
		strv_add(out, "--args");
		strv_addf(out, "%d", FD_ARGS);
	} else {
		bwrap_options(p, l->secrets, out);
	}
	strv_add(out, "--");
	strv_add(out, INIT_PATH);
	strv_addf(out, "%" PRIu64, p->limits.pids);
	strv_addf(out, "%" PRIu64, p->limits.cgroup ? 0 : p->limits.memory);
	strv_addf(out, "%lx", l->ignored);
	strv_add(out, l->pty == NULL ? "own" : l->pty);
	strv_add(out, p->resolved == NULL ? "" : p->resolved);
	for (i = 0; i < p->command.n; i++)
		strv_add(out, p->command.v[i]);
}
