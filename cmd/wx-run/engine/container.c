/* SPDX-License-Identifier: MIT */
/*
 * Apple's container, on macOS: each run is a virtual machine with a Linux of its own.
 * Only what its docs/command-reference.md has is used; the version behind a flag is
 * the first release that takes it. Together they need 1.0.0:
 *
 *   --rm --name --entrypoint --env --uid --gid --workdir --tty --interactive
 *   --cpus --memory --mount --volume --tmpfs --cidfile --network    0.1.0
 *   --ssh                                                           0.4.0
 *   --progress                                                      0.7.0
 *   --read-only                                                     0.8.0
 *   --ulimit                             0.9.0, in the document from 1.0.0
 *   --init                                                          0.10.0
 *   --cap-drop                                                      0.12.0
 *   --shm-size                                                      1.0.0
 *
 * "--network none" is in no document, but a reserved name of the source from 0.6.0 on
 * (NetworkClient.noNetworkName); where it means nothing the client knows no network
 * of that name, and nothing runs.
 */
#include "container.h"

#include <sys/stat.h>

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"

#define MIB ((uint64_t)1 << 20)

const char *const container_unenforced[] = {
	"system call filter: none of ours; the kernel is the virtual machine's own",
	"no_new_privs: a set-uid program of the image becomes root of the machine, without "
	    "capabilities",
	"single protected files: can be changed until the end of the run, then put back",
	"size of HOME and /tmp: half of the machine's memory each",
	"other containers on the same network, and services on the host's other addresses, "
	    "can be reached",
	NULL
};

static void
whole_mib(const char *option, uint64_t bytes)
{
	if (bytes % MIB != 0)
		errx(WX_CHAIN, "engine 'container' counts memory in MiB: say a whole number of "
		    "them for %s", option);
}

void
container_refuse(const struct plan *p)
{
	const struct mount *m;
	struct stat st;
	size_t i;

	/* What the user asked for; of the rest a word in the plan. */
	if (p->net == NET_HOST)
		errx(WX_CHAIN, "engine 'container' has no network 'host': it is another machine; "
		    "use -n open, or -e bwrap on Linux");
	if (p->sized != NULL)
		errx(WX_CHAIN, "engine 'container' cannot bound a tmpfs ('%s'): leave the key out; "
		    "-M bounds all of it", p->sized);
	whole_mib("-M", p->limits.memory);
	whole_mib("'shm_size'", p->shm_size);
	if (p->command.n > 0 && *p->command.v[0] == '-')
		errx(WX_CHAIN, "engine 'container' takes '%s' for an option: name the command by "
		    "its path", p->command.v[0]);
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (strcmp(m->why, "mount") == 0 && stat(m->src, &st) == 0 && !S_ISDIR(st.st_mode))
			errx(WX_CHAIN, "engine 'container' mounts no single file ('%s'): mount the "
			    "folder that it is in, or a folder with a copy", m->src);
	}
}

static void
scratch(struct plan *p, const char *dest, const char *why)
{
	struct mount *m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, dest, why);

	m->mode = 01777;   /* --tmpfs takes no mode: the kernel's default */
}

void
container_system(struct plan *p)
{
	scratch(p, "/tmp", "scratch");
	scratch(p, "/var/tmp", "scratch");
	scratch(p, p->home, "home");
}

/* The name of a made file in the folder of them. */
static const char *
base_name(const char *dest)
{
	const char *base = strrchr(dest, '/') + 1;

	return strcmp(base, ".gitconfig") == 0 ? "gitconfig" : base;
}

void
container_settle(struct plan *p)
{
	struct mount *m;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind != MOUNT_FILE)
			continue;
		/* Between the image's own and what the command may write to its HOME. */
		if (strcmp(base_name(m->dest), "gitconfig") == 0)
			env_set(&p->env, "GIT_CONFIG_SYSTEM", CONTAINER_FILES "/gitconfig", false);
		m->dest = xprintf("%s/%s", CONTAINER_FILES, base_name(m->dest));
	}
	if (p->agent_sock != NULL)
		env_set(&p->env, "GIT_SSH_COMMAND", "ssh -F /dev/null -o IdentityAgent=SSH_AUTH_SOCK"
		    " -o IdentityFile=none -o StrictHostKeyChecking=yes"
		    " -o UserKnownHostsFile=/dev/null"
		    " -o GlobalKnownHostsFile=" CONTAINER_FILES "/ssh_known_hosts"
		    " -o BatchMode=yes -o ForwardAgent=no", false);
}

const char *
container_before(const char *dest)
{
	return strcmp(dest, CONTAINER_FILES "/gitconfig") == 0 ?
	    "[include]\n\tpath = /etc/gitconfig\n" : "";
}

char *
container_name(const char *stage)
{
	const char *dash = stage == NULL ? NULL : strrchr(stage, '-');

	return xprintf("wrapix-%s", dash == NULL ? "STAGE" : dash + 1);
}

static void
add_two(struct strv *out, const char *option, const char *value)
{
	strv_add(out, option);
	strv_add(out, value);
}

/* The client's format has no quotes. */
static void
check_path(const char *path)
{
	if (strpbrk(path, ",=\n") != NULL)
		errx(WX_CHAIN, "engine 'container' cannot mount '%s': a comma, '=' or line end is "
		    "in the path; give it another name", escaped(path));
}

static void
add_bind(struct strv *out, const char *src, const char *dest, bool rw)
{
	check_path(src);
	check_path(dest);
	strv_add(out, "--mount");
	strv_addf(out, "type=bind,source=%s,target=%s%s", src, dest, rw ? "" : ",readonly");
}

static void
add_limits(const struct plan *p, struct strv *out)
{
	const struct limits *l = &p->limits;

	strv_add(out, "--cpus");
	strv_addf(out, "%" PRIu64, l->cpus);
	strv_add(out, "--memory");
	strv_addf(out, "%" PRIu64 "M", l->memory / MIB);
	strv_add(out, "--shm-size");
	strv_addf(out, "%" PRIu64 "M", p->shm_size / MIB);
	/* Exact: nobody else in the machine is this user. */
	strv_add(out, "--ulimit");
	strv_addf(out, "nproc=%" PRIu64, l->pids);
	add_two(out, "--ulimit", "core=0");
}

/* By name: what is not to be seen in an argv the client finds in its environment. */
static void
add_environment(const struct plan *p, const struct strv *secrets, struct strv *out)
{
	const struct env_var *v;
	size_t i;

	for (i = 0; i < p->env.n; i++) {
		v = &p->env.v[i];
		/* That of inside is the client's to set (--ssh). */
		if (strcmp(v->name, "SSH_AUTH_SOCK") == 0 && p->agent_sock != NULL)
			continue;
		strv_add(out, "--env");
		if (v->passed)
			strv_add(out, v->name);
		else
			strv_addf(out, "%s=%s", v->name, v->value);
	}
	for (i = 0; secrets != NULL && i < secrets->n; i++)
		add_two(out, "--env", secrets->v[i]);
}

static void
add_mounts(const struct plan *p, const char *stage, struct strv *out)
{
	const char *dir = stage == NULL ? "STAGE" : stage;
	const struct mount *m;
	bool files = false;
	char *src;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		files |= m->kind == MOUNT_FILE;
		if (m->kind == MOUNT_TMPFS)
			add_two(out, "--tmpfs", m->dest);
	}
	src = xprintf("%s/files", dir);
	if (files)
		add_bind(out, src, CONTAINER_FILES, false);
	free(src);
	src = xprintf("%s/secrets", dir);
	if (p->file_secrets)
		add_bind(out, src, SECRETS_DIR, false);
	free(src);
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_RO || m->kind == MOUNT_RW)
			add_bind(out, m->src, m->dest, m->kind == MOUNT_RW);
	}
}

void
container_argv(const struct plan *p, const struct launch *l, struct strv *out)
{
	char *name = container_name(l->stage), *dir;
	size_t i;

	strv_add(out, "container");
	strv_add(out, "run");
	strv_add(out, "--rm");
	add_two(out, "--name", name);
	strv_add(out, "--cidfile");
	strv_addf(out, "%s/cid", l->stage == NULL ? "STAGE" : l->stage);
	add_two(out, "--progress", "none");
	strv_add(out, "--init");
	strv_add(out, "--read-only");
	add_two(out, "--cap-drop", "ALL");
	strv_add(out, "--uid");
	strv_addf(out, "%u", (unsigned)p->uid);
	strv_add(out, "--gid");
	strv_addf(out, "%u", (unsigned)p->gid);
	if (p->net == NET_NONE)
		add_two(out, "--network", "none");
	add_limits(p, out);
	if (p->agent_sock != NULL)
		strv_add(out, "--ssh");
	strv_add(out, "--interactive");
	if (l->terminal)
		strv_add(out, "--tty");
	add_environment(p, l->secrets, out);
	add_mounts(p, l->stage, out);
	dir = xprintf("%s%s%s", p->at, p->sub == NULL ? "" : "/", p->sub == NULL ? "" : p->sub);
	add_two(out, "--workdir", dir);
	free(dir);
	/* Else the image's would be the command, and ours its arguments. */
	add_two(out, "--entrypoint", p->command.v[0]);
	/* From here on the client takes no option (ArgumentParser's captureForPassthrough). */
	strv_add(out, p->image);
	for (i = 1; i < p->command.n; i++)
		strv_add(out, p->command.v[i]);
	free(name);
}
