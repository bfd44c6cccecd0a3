/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "etc.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/text.h"

void
host_env(struct plan *p)
{
	static const char *const pass[] = { "TZ", "COLORTERM", "NO_COLOR", NULL };
	const char *const *n;
	const char *v, *eq;
	char **e, *name;

	v = getenv("LANG");
	env_set(&p->env, "HOME", p->home, false);
	env_set(&p->env, "USER", p->user, false);
	env_set(&p->env, "LOGNAME", p->user, false);
	env_set(&p->env, "SHELL", p->shell, false);
	env_set(&p->env, "LANG", v != NULL && wx_env_value_ok(v, strlen(v)) ? v : "C.UTF-8", false);
	v = getenv("TERM");
	env_set(&p->env, "TERM", v != NULL && wx_env_value_ok(v, strlen(v)) ? v : "dumb", false);
	for (n = pass; *n != NULL; n++) {
		v = getenv(*n);
		if (v != NULL && wx_env_value_ok(v, strlen(v)))
			env_set(&p->env, *n, v, false);
	}
	for (e = environ; *e != NULL; e++) {
		eq = strchr(*e, '=');
		if (strncmp(*e, "LC_", 3) != 0 || eq == NULL ||
		    !wx_env_name_ok(*e, (size_t)(eq - *e)) || !wx_env_value_ok(eq + 1, strlen(eq + 1)))
			continue;
		name = strndup(*e, (size_t)(eq - *e));
		if (name == NULL)
			err(WX_CHAIN, "cannot allocate memory");
		env_set(&p->env, name, eq + 1, false);
		free(name);
	}
}

/* Show PATH as it is on the host: a link as the link, a folder or file bound. */
static void
show(struct plan *p, const char *path, const char *why)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (lstat(path, &st) == -1)
		return;
	if (!S_ISLNK(st.st_mode)) {
		(void)mount_add(&p->mounts, MOUNT_RO, path, path, why);
		return;
	}
	n = readlink(path, target, sizeof(target) - 1);
	if (n <= 0 || stat(path, &st) == -1)
		return;
	target[n] = '\0';
	char *dir = xstrdup(path), *real;
	*strrchr(dir, '/') = '\0';
	real = path_clean(*dir == '\0' ? "/" : dir, target);
	/* The target is shown too: keep the link. Else show what it leads to. */
	if (path_within(real, "/usr") || (path_within(real, STORE_DIR) &&
	    (p->store == NULL || store_has(p->store, real))))
		(void)mount_add(&p->mounts, MOUNT_SYMLINK, target, path, why);
	else
		(void)mount_add(&p->mounts, MOUNT_RO, path, path, why);
	free(dir);
	free(real);
}

/* A file as the host has it: by a mount, if it is not small; where it has none, an
 * empty one. */
static void
copied(struct plan *p, const char *path)
{
	char buf[32768];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? 0 : wx_read_all(fd, buf, sizeof(buf));

	if (fd != -1)
		(void)close(fd);
	if (n == -1)
		(void)mount_add(&p->mounts, MOUNT_RO, path, path, "system");
	else
		mount_file(&p->mounts, path, 0644, buf, (size_t)n);
}

static void
made_etc(struct plan *p)
{
	static const char *const same[] = { "/etc/protocols", "/etc/services", "/etc/ssl/openssl.cnf",
	    NULL };
	const char *const *f;
	char *text;

	text = xprintf("root:x:0:0:root:/:/usr/sbin/nologin\n%s:x:%u:%u:%s:%s:%s\n"
	    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n", p->user,
	    (unsigned)p->uid, (unsigned)p->gid, p->user, p->home, p->shell);
	mount_file(&p->mounts, "/etc/passwd", 0644, text, strlen(text));
	free(text);
	text = xprintf("root:x:0:\n%s:x:%u:\nnogroup:x:65534:\n", p->user, (unsigned)p->gid);
	mount_file(&p->mounts, "/etc/group", 0644, text, strlen(text));
	free(text);
#define MADE(path, s) mount_file(&p->mounts, path, 0644, s, sizeof(s) - 1)
	etc_hosts(p);
	MADE("/etc/hostname", "wrapix\n");
	MADE("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"
	    "protocols: files\nservices: files\n");
#undef MADE
	for (f = same; *f != NULL; f++)
		copied(p, *f);
}

/* What scripts and programs name, and NixOS makes links into the store. */
static void
want_system(struct store *s)
{
	static const char *const names[] = { "/bin/sh", "/usr/bin/env", "/lib*/ld-linux*" };
	glob_t g;
	size_t i, n;

	for (n = 0; n < sizeof(names) / sizeof(*names); n++) {
		if (glob(names[n], 0, NULL, &g) != 0)
			continue;
		for (i = 0; i < g.gl_pathc; i++)
			closure_want(s, g.gl_pathv[i]);
		globfree(&g);
	}
}

void
host_system(struct plan *p)
{
	/* The system's libraries look here: certificates, the choice among
	 * alternatives, the loader's cache. A mount costs a tenth of a millisecond:
	 * what is small is copied by made_etc. */
	static const char *const etc[] = { "/etc/alternatives", "/etc/ld.so.cache",
	    "/etc/localtime", "/etc/os-release", "/etc/pki/ca-trust", "/etc/pki/tls/cert.pem",
	    "/etc/pki/tls/certs", "/etc/ssl/cert.pem", "/etc/ssl/certs", NULL };
	static const char *const top[] = { "/bin", "/lib", "/lib32", "/lib64",
	    "/libx32", "/sbin", STORE_DIR, NULL };
	const char *const *f;
	struct mount *m;
	glob_t java;
	size_t i;

	(void)mount_add(&p->mounts, MOUNT_RO, "/usr", "/usr", "system");
	(void)mount_add(&p->mounts, MOUNT_DIR, NULL, "/etc", "system");
	for (f = top; *f != NULL; f++)
		show(p, *f, "system");
	for (f = etc; *f != NULL; f++)
		show(p, *f, "system");
	if (glob("/etc/java-*", 0, NULL, &java) == 0) {
		for (i = 0; i < java.gl_pathc; i++)
			show(p, java.gl_pathv[i], "system");
		globfree(&java);
	}
	if (p->store != NULL)
		want_system(p->store);
	/* NixOS: its PATH goes through this link, into the store. */
	else if (access(STORE_DIR, F_OK) == 0)
		show(p, "/run/current-system", "system");
	made_etc(p);
	etc_add(p);
	m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, "/tmp", "scratch");
	m->size = p->tmp_size;
	m->mode = 01777;
	(void)mount_add(&p->mounts, MOUNT_DIR, NULL, "/var", "scratch");
	(void)mount_add(&p->mounts, MOUNT_SYMLINK, "/tmp", "/var/tmp", "scratch");
	(void)mount_add(&p->mounts, MOUNT_DIR, NULL, "/run", "scratch");
	m = mount_add(&p->mounts, MOUNT_TMPFS, NULL, p->home, "home");
	m->size = p->home_size;
	m->mode = 0700;
}

static bool
loopback(const char *addr)
{
	return strncmp(addr, "127.", 4) == 0 || strcmp(addr, "::1") == 0 ||
	    strcmp(addr, "0.0.0.0") == 0;
}

/*
 * What the host's resolv.conf says, but for what inside cannot reach: a resolver
 * on the host's loopback is reached through the helper, at an address of its own.
 */
void
host_resolver(struct plan *p)
{
	char buf[65536], *line, *next, *text = NULL, addr[64];
	bool local = false;
	size_t len = 0;
	int servers = 0;
	FILE *fp = text_open(&text, &len);

	(void)wx_read_text(AT_FDCWD, "/etc/resolv.conf", 0, buf, sizeof(buf));
	for (line = buf; p->net != NET_NONE && p->net != NET_LISTED && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (!wx_env_value_ok(line, strlen(line)))
			continue;
		if (sscanf(line, "nameserver %63s", addr) == 1) {
			servers++;
			local |= loopback(addr);
			if (p->net == NET_OPEN && (loopback(addr) || p->helper == HELPER_SLIRP))
				continue;
		} else if (strncmp(line, "search ", 7) != 0 && strncmp(line, "domain ", 7) != 0 &&
		    strncmp(line, "options ", 8) != 0) {
			continue;
		}
		(void)fprintf(fp, "%s\n", line);
	}
	if (p->net == NET_OPEN && p->helper == HELPER_SLIRP)
		p->dns_forward = xstrdup("10.0.2.3");   /* slirp4netns(1) */
	else if (p->net == NET_OPEN && (local || servers == 0))
		p->dns_forward = xstrdup("169.254.1.1"); /* as podman has it */
	/* wx-egress answers there, for all names. */
	if (p->net == NET_LISTED)
		(void)fputs("nameserver 127.0.0.1\noptions timeout:5 attempts:2\n", fp);
	if (p->dns_forward != NULL)
		(void)fprintf(fp, "nameserver %s\n", p->dns_forward);
	text_close(fp);
	mount_file(&p->mounts, "/etc/resolv.conf", 0644, text, len);
	free(text);
}
