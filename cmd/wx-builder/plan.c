/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "builder.h"

#include "libcommon/exitcode.h"

#define MIB ((uint64_t)1 << 20)

void
plan_limits(const struct plan *p, char *out, size_t cap)
{
	fit(out, cap, "%ld:%" PRIu64, p->cpus, p->memory);
}

static void
add_labels(const struct plan *p, struct words *out)
{
	char limits[64];

	plan_limits(p, limits, sizeof(limits));
	words_add(out, "--label");
	words_addf(out, "wrapix.builder=%s", p->name);
	words_add(out, "--label");
	words_addf(out, "wrapix.image=%s", p->asked);
	words_add(out, "--label");
	words_addf(out, "wrapix.port=%d", p->port);
	words_add(out, "--label");
	words_addf(out, "wrapix.limits=%s", limits);
}

static void
add_list(struct words *out, const char *const *v)
{
	while (*v != NULL)
		words_add(out, *v++);
}

/* A field of podman's comma-separated words, quoted as its reader has it (RFC 4180). */
static char *
field(const char *key, const char *value)
{
	char *quoted = malloc(2 * strlen(value) + 1), *q = quoted, *s;

	if (quoted == NULL)
		err(own(WX_TEMP), "cannot allocate memory");
	for (; *value != '\0'; value++) {
		if (*value == '"')
			*q++ = '"';
		*q++ = *value;
	}
	*q = '\0';
	s = xprintf("\"%s=%s\"", key, quoted);
	free(quoted);
	return s;
}

static void
add_bind(struct words *out, const char *src, const char *dest, bool rw)
{
	char *s = field("src", src);

	words_add(out, "--mount");
	words_addf(out, "type=bind,%s,dst=%s,nosuid,nodev,ro=%s", s, dest, rw ? "false" : "true");
	free(s);
}

/* On another host: volumes, of which that of the keys has no name, and goes with the container. */
static void
add_volumes(const struct plan *p, struct words *out)
{
	words_add(out, "--mount");
	words_add(out, "type=volume,dst=/etc/wrapix,nosuid,nodev,ro=true");
	words_add(out, "--mount");
	words_addf(out, "type=volume,src=%s,dst=/nix,nosuid,nodev", p->store);
}

static void
add_binds(const struct plan *p, struct words *out)
{
	words_addf(out, "--pidfile=%s", p->pidfile);
	add_bind(out, p->server, "/etc/wrapix", false);
	add_bind(out, p->store, "/nix", true);
}

/*
 * The first process is sshd, as the user builder: root's nothing is in the container,
 * so there is no capability to keep.
 */
void
plan_podman(const struct plan *p, struct words *out)
{
	static const char *const all[] = { "--pull=never", "--userns=keep-id:uid=1000,gid=1000",
	    "--user=1000:1000", "--cap-drop=all", "--security-opt=no-new-privileges", "--read-only",
	    "--read-only-tmpfs=false", "--ipc=private", "--pid=private", "--uts=private",
	    "--cgroupns=private", "--network=private", "--hostname=wrapix-builder", "--http-proxy=false",
	    "--sdnotify=ignore", "--log-driver=k8s-file", "--log-opt=max-size=1mb", "--stop-timeout=2",
	    "--tmpfs=/run:rw,nosuid,nodev,noexec,size=16m,mode=0755,U",
	    "--tmpfs=/tmp:rw,exec,nosuid,nodev,mode=1777",
	    "--tmpfs=/home/builder:rw,exec,nosuid,nodev,mode=0700,U", NULL };

	/* Of the files that are mounted into all containers (mounts.conf(5)) none. */
	if (p->far_port == 0)
		words_add(out, "--default-mounts-file=/dev/null");
	/* What is to be mounted is copied in between create and start. */
	words_add(out, p->far_port > 0 ? "create" : "run");
	if (p->far_port == 0) {
		words_add(out, "--detach");
		/* No environment of ours goes there. */
		words_add(out, "--env-host=false");
	}
	words_add(out, "--name");
	words_add(out, p->container);
	add_labels(p, out);
	add_list(out, all);
	if (p->selinux)
		words_add(out, "--security-opt=label=disable");
	if (!p->cgroup)
		words_add(out, "--cgroups=disabled");
	else
		words_add(out, "--pids-limit=32768");
	if (p->cpus > 0)
		words_addf(out, "--cpus=%ld", p->cpus);
	if (p->memory > 0)
		words_addf(out, "--memory=%" PRIu64, p->memory);
	words_add(out, "--publish");
	words_addf(out, "127.0.0.1:%d:%d", p->far_port > 0 ? p->far_port : p->port, INSIDE_PORT);
	(p->far_port > 0 ? add_volumes : add_binds)(p, out);
	words_add(out, "--");
	words_add(out, p->image);
}

/* The client's format has no quotes. */
static void
add_mount(struct words *out, const char *src, const char *dest, bool rw)
{
	if (strpbrk(src, ",=\n") != NULL)
		errx(own(WX_FAIL), "engine 'container' cannot mount '%s': a comma, '=' or line end is in the "
		    "path; set XDG_DATA_HOME to another", src);
	words_add(out, "--mount");
	words_addf(out, "type=bind,source=%s,target=%s%s", src, dest, rw ? "" : ",readonly");
}

/*
 * Apple's container, 1.0.0 and newer: the flags of its docs/command-reference.md. Each
 * container is a virtual machine, of a size that is to be said, or it is small: 4
 * processors and 1 GiB are its defaults.
 */
void
plan_container(const struct plan *p, struct words *out)
{
	static const char *const all[] = { "--progress", "none", "--read-only", "--cap-drop", "ALL",
	    "--uid", "1000", "--gid", "1000", "--tmpfs", "/run", "--tmpfs", "/tmp",
	    "--tmpfs", "/home/builder", NULL };

	words_add(out, "run");
	words_add(out, "--detach");
	words_add(out, "--name");
	words_add(out, p->container);
	add_labels(p, out);
	add_list(out, all);
	if (p->cpus > 0) {
		words_add(out, "--cpus");
		words_addf(out, "%ld", p->cpus);
	}
	if (p->memory > 0) {
		words_add(out, "--memory");
		words_addf(out, "%" PRIu64 "M", (p->memory + MIB - 1) / MIB);
	}
	words_add(out, "--publish");
	words_addf(out, "127.0.0.1:%d:%d", p->port, INSIDE_PORT);
	add_mount(out, p->server, "/etc/wrapix", false);
	add_mount(out, p->store, "/nix", true);
	words_add(out, p->image);
}
