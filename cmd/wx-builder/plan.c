/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "builder.h"
#include "format.h"

#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"

#define MIB ((uint64_t)1 << 20)

void
plan_limits(const struct plan *p, char *out, size_t cap)
{
	format_into(out, cap, "%ld:%" PRIu64, p->cpus, p->memory);
}

static void
add_labels(const struct plan *p, struct strv *out)
{
	char limits[64];

	plan_limits(p, limits, sizeof(limits));
	strv_add(out, "--label");
	strv_addf(out, "wrapix.builder=%s", p->name);
	strv_add(out, "--label");
	strv_addf(out, "wrapix.image=%s", p->asked);
	strv_add(out, "--label");
	strv_addf(out, "wrapix.port=%d", p->port);
	strv_add(out, "--label");
	strv_addf(out, "wrapix.limits=%s", limits);
}

static void
add_list(struct strv *out, const char *const *v)
{
	while (*v != NULL)
		strv_add(out, *v++);
}

/* A field of podman's comma-separated words, quoted as its reader has it (RFC 4180). */
static char *
field(const char *key, const char *value)
{
	char *quoted = malloc(2 * strlen(value) + 1), *q = quoted, *s;

	if (quoted == NULL)
		err(exit_code(WX_TEMP), "cannot allocate memory");
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
add_bind(struct strv *out, const char *src, const char *dest, bool rw)
{
	char *s = field("src", src);

	strv_add(out, "--mount");
	strv_addf(out, "type=bind,%s,dst=%s,nosuid,nodev,ro=%s", s, dest, rw ? "false" : "true");
	free(s);
}

/* On another host: volumes, of which that of the keys has no name, and goes with the container. */
static void
add_volumes(const struct plan *p, struct strv *out)
{
	strv_add(out, "--mount");
	strv_add(out, "type=volume,dst=/etc/wrapix,nosuid,nodev,ro=true");
	strv_add(out, "--mount");
	strv_addf(out, "type=volume,src=%s,dst=/nix,nosuid,nodev", p->store);
}

static void
add_binds(const struct plan *p, struct strv *out)
{
	strv_addf(out, "--pidfile=%s", p->pidfile);
	add_bind(out, p->server, "/etc/wrapix", false);
	add_bind(out, p->store, "/nix", true);
}

/*
 * The first process is sshd, as the user builder: root's nothing is in the container,
 * so there is no capability to keep.
 */
void
plan_podman(const struct plan *p, struct strv *out)
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
		strv_add(out, "--default-mounts-file=/dev/null");
	/* What is to be mounted is copied in between create and start. */
	strv_add(out, p->far_port > 0 ? "create" : "run");
	if (p->far_port == 0) {
		strv_add(out, "--detach");
		/* No environment of ours goes there. */
		strv_add(out, "--env-host=false");
	}
	strv_add(out, "--name");
	strv_add(out, p->container);
	add_labels(p, out);
	add_list(out, all);
	if (p->selinux)
		strv_add(out, "--security-opt=label=disable");
	if (!p->cgroup)
		strv_add(out, "--cgroups=disabled");
	else
		strv_add(out, "--pids-limit=32768");
	if (p->cpus > 0)
		strv_addf(out, "--cpus=%ld", p->cpus);
	if (p->memory > 0)
		strv_addf(out, "--memory=%" PRIu64, p->memory);
	strv_add(out, "--publish");
	strv_addf(out, "127.0.0.1:%d:%d", p->far_port > 0 ? p->far_port : p->port, INSIDE_PORT);
	(p->far_port > 0 ? add_volumes : add_binds)(p, out);
	strv_add(out, "--");
	strv_add(out, p->image);
}

/* The client's format has no quotes. */
static void
add_mount(struct strv *out, const char *src, const char *dest, bool rw)
{
	if (strpbrk(src, ",=\n") != NULL)
		errx(exit_code(WX_FAIL), "engine 'container' cannot mount '%s': a comma, '=' or line end is in the "
		    "path; set XDG_DATA_HOME to another", src);
	strv_add(out, "--mount");
	strv_addf(out, "type=bind,source=%s,target=%s%s", src, dest, rw ? "" : ",readonly");
}

/*
 * Apple's container, 1.0.0 and newer: the flags of its docs/command-reference.md. Each
 * container is a virtual machine, of a size that is to be said, or it is small: 4
 * processors and 1 GiB are its defaults.
 */
void
plan_container(const struct plan *p, struct strv *out)
{
	static const char *const all[] = { "--progress", "none", "--read-only", "--cap-drop", "ALL",
	    "--uid", "1000", "--gid", "1000", "--tmpfs", "/run", "--tmpfs", "/tmp",
	    "--tmpfs", "/home/builder", NULL };

	strv_add(out, "run");
	strv_add(out, "--detach");
	strv_add(out, "--name");
	strv_add(out, p->container);
	add_labels(p, out);
	add_list(out, all);
	if (p->cpus > 0) {
		strv_add(out, "--cpus");
		strv_addf(out, "%ld", p->cpus);
	}
	if (p->memory > 0) {
		strv_add(out, "--memory");
		strv_addf(out, "%" PRIu64 "M", (p->memory + MIB - 1) / MIB);
	}
	strv_add(out, "--publish");
	strv_addf(out, "127.0.0.1:%d:%d", p->port, INSIDE_PORT);
	add_mount(out, p->server, "/etc/wrapix", false);
	add_mount(out, p->store, "/nix", true);
	strv_add(out, p->image);
}
