/* SPDX-License-Identifier: MIT */
#include "bwrap.h"

#include <inttypes.h>

static void
add_tmpfs(struct words *out, uint64_t size, unsigned mode, const char *dest)
{
	words_add(out, "--perms");
	words_addf(out, "%04o", mode);
	words_add(out, "--size");
	words_addf(out, "%" PRIu64, size);
	words_add(out, "--tmpfs");
	words_add(out, dest);
}

static void
add_data(struct words *out, int fd, unsigned mode, const char *option, const char *dest)
{
	words_add(out, "--perms");
	words_addf(out, "%04o", mode);
	words_add(out, option);
	words_addf(out, "%d", fd);
	words_add(out, dest);
}

static void
add_bind(struct words *out, const char *option, const char *src, const char *dest)
{
	words_add(out, option);
	words_add(out, src);
	words_add(out, dest);
}

/*
 * A made file is written where it stands: below HOME it can be changed inside,
 * for the time of the run, elsewhere it lies in the read-only root.
 */
static void
add_mount(struct words *out, const struct mount *m, int *fd)
{
	switch (m->kind) {
	case MOUNT_RO:
		add_bind(out, "--ro-bind", m->src, m->dest);
		break;
	case MOUNT_RW:
		add_bind(out, "--bind", m->src, m->dest);
		break;
	case MOUNT_SYMLINK:
		add_bind(out, "--symlink", m->src, m->dest);
		break;
	case MOUNT_TMPFS:
		add_tmpfs(out, m->size, m->mode, m->dest);
		break;
	case MOUNT_DIR:
		words_add(out, "--perms");
		words_add(out, "0755");
		words_add(out, "--dir");
		words_add(out, m->dest);
		break;
	case MOUNT_FILE:
		add_data(out, (*fd)++, m->mode, "--file", m->dest);
		break;
	}
}

/* The namespaces, and that nothing in them has or gains a power. */
static void
add_isolation(struct words *out, const struct plan *p)
{
	static const char *const all[] = { "--unshare-user", "--unshare-pid",
	    "--unshare-ipc", "--unshare-uts", "--unshare-cgroup", "--disable-userns",
	    "--as-pid-1", "--cap-drop", "ALL", "--hostname", "wrapix", NULL };

	words_addv(out, all);
	if (p->net != NET_HOST)
		words_add(out, "--unshare-net");
	words_add(out, "--uid");
	words_addf(out, "%u", (unsigned)p->uid);
	words_add(out, "--gid");
	words_addf(out, "%u", (unsigned)p->gid);
	words_add(out, "--seccomp");
	words_addf(out, "%d", FD_FILTER);
}

void
bwrap_options(const struct plan *p, const struct words *secret_names,
    struct words *out)
{
	int fd = FD_FILES;
	char *dest;
	size_t i;

	add_isolation(out, p);
	add_bind(out, "--proc", "/proc", "--dev");
	words_add(out, "/dev");
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
	words_add(out, "--remount-ro");
	words_add(out, "/dev");
	words_add(out, "--remount-ro");
	words_add(out, "/");
	for (i = 0; i < p->env.n; i++)
		add_bind(out, "--setenv", p->env.v[i].name, p->env.v[i].value);
	words_add(out, "--chdir");
	words_addf(out, "%s%s%s", p->at, p->sub == NULL ? "" : "/", p->sub == NULL ? "" : p->sub);
}

/*
 * A user systemd, where there is one, holds the limits by a scope's cgroup; it
 * runs what it is given in the same process (systemd-run(1), --scope), with its
 * own environment: env(1) empties that.
 */
static void
add_scope(struct words *out, const struct limits *l)
{
	static const char *const head[] = { "systemd-run", "--user", "--scope",
	    "--quiet", "--collect", NULL };
	static const char *const tail[] = { "--", "env", "-i", NULL };

	words_addv(out, head);
	words_addf(out, "--property=MemoryMax=%" PRIu64, l->memory);
	words_add(out, "--property=MemorySwapMax=0");
	/* Where the kernel kills one process for memory, systemd is not to end the
	 * others; a scope knows OOMPolicy= itself since 253 only (systemd.scope(5)). */
	words_add(out, "--property=Delegate=yes");
	words_addf(out, "--property=TasksMax=%" PRIu64, l->pids + 8);
	if (l->cpu_cgroup)
		words_addf(out, "--property=CPUQuota=%" PRIu64 "%%", l->cpus * 100);
	words_addv(out, tail);
}

void
bwrap_argv(const struct plan *p, const struct words *options,
    unsigned long ignored, const char *stdio, struct words *out)
{
	size_t i;

	if (p->limits.cgroup)
		add_scope(out, &p->limits);
	/* env -i knows no PATH but the system's. */
	words_add(out, p->limits.cgroup && p->bwrap != NULL ? p->bwrap : "bwrap");
	if (options == NULL) {
		words_add(out, "--args");
		words_addf(out, "%d", FD_ARGS);
	}
	for (i = 0; options != NULL && i < options->n; i++)
		words_add(out, options->v[i]);
	words_add(out, "--");
	words_add(out, INIT_PATH);
	words_addf(out, "%" PRIu64, p->limits.pids);
	words_addf(out, "%" PRIu64, p->limits.cgroup ? 0 : p->limits.memory);
	words_addf(out, "%lx", ignored);
	words_add(out, stdio);
	words_add(out, p->resolved == NULL ? "" : p->resolved);
	for (i = 0; i < p->command.n; i++)
		words_add(out, p->command.v[i]);
}
