/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "closure.h"
#include "etc.h"
#include "git/repo.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/usersystemd.h"

/* Folders of the system: no project, and no HOME inside, can be there. */
static const char *const system_dirs[] = {
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32",
	"/nix", "/proc", "/run", "/sbin", "/sys", "/usr", WORKSPACE, NULL
};

static bool
in_system(const char *path)
{
	const char *const *d;

	for (d = system_dirs; *d != NULL; d++)
		if (path_within(path, *d))
			return true;
	return false;
}

/*
 * Root becomes the owner of the project. Its environment described root: of it
 * only PATH and what the terminal says is kept.
 */
static void
become_owner(uid_t uid, gid_t gid, const char *project)
{
	static const char *const kept[] = { "PATH", "TERM", "LANG", "COLORTERM", "NO_COLOR" };
	static char *none[] = { NULL };
	struct env keep = { 0 };
	const struct passwd *pw;
	size_t i;

	if (uid == 0)
		errx(WX_CHAIN, "cannot run as root: root owns '%s'; give it to a user "
		    "(chown -R USER '%s') or run as one", project, project);
	pw = getpwuid(uid);
	if (pw != NULL)
		gid = pw->pw_gid;
	if (gid == 0)
		errx(WX_CHAIN, "cannot drop root: the owner of '%s' (uid %u) has no group "
		    "but root's", project, (unsigned)uid);
	for (i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (getenv(kept[i]) != NULL)
			env_set(&keep, kept[i], getenv(kept[i]), false);
	environ = none;
	if (setgroups(0, NULL) == -1 || setregid(gid, gid) == -1 || setreuid(uid, uid) == -1)
		err(WX_CHAIN, "cannot become uid %u, the owner of '%s'", (unsigned)uid, project);
	for (i = 0; i < keep.n; i++)
		if (setenv(keep.v[i].name, keep.v[i].value, 1) == -1)
			err(WX_CHAIN, "cannot keep '%s'", keep.v[i].name);
	/* These set the saved one too, or it is had back by it (setreuid(2)). */
	if (setuid(0) != -1 || seteuid(0) != -1 || setegid(0) != -1)
		errx(WX_CHAIN, "cannot drop root: it can be had back");
	if (wx_proc_harden() == -1)
		err(WX_CHAIN, "cannot harden process");
}

static void
find_user(struct plan *p, const struct passwd *pw)
{
	const char *home = getenv("HOME"), *shell = NULL;

	p->user = xstrdup(pw != NULL ? pw->pw_name : "user");
	if (home == NULL || *home != '/')
		home = pw != NULL ? pw->pw_dir : "/nonexistent";
	if (pw != NULL && access(pw->pw_shell, X_OK) == 0 && path_within(pw->pw_shell, "/bin"))
		shell = pw->pw_shell;
	if (pw != NULL && access(pw->pw_shell, X_OK) == 0 && path_within(pw->pw_shell, "/usr"))
		shell = pw->pw_shell;
	if (shell == NULL)
		shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
	p->shell = xstrdup(shell);
	p->host_home = realpath(home, NULL);
	if (p->host_home == NULL)
		p->host_home = path_clean("/", home);
	home = p->host_home;
	/* passwd(5) has no place for some names. */
	p->home = strcmp(home, "/") == 0 || in_system(home) || strpbrk(home, ":\n") != NULL ?
	    xprintf("/home/%s", p->user) : xstrdup(home);
}

/* wx-run's own folders may lie elsewhere. */
static void
refuse_own_folders(const struct plan *p)
{
	static const char *const kinds[][2] = { { "STATE", ".local/state" },
	    { "CONFIG", ".config" } };
	char *base, *dir;
	size_t i;

	for (i = 0; i < 2; i++) {
		base = host_xdg(p, kinds[i][0], kinds[i][1]);
		dir = path_clean(base, "wrapix");
		if (path_within(p->project, dir))
			errx(WX_CHAIN, "cannot take '%s' as the project: '%s' is wx-run's own",
			    p->project, dir);
		free(dir);
		free(base);
	}
}

/* A directory that holds the things of many programs and users. */
static bool
whole_place(const char *path)
{
	static const char *const whole[] = { "/", "/home", "/mnt", "/media", "/opt",
	    "/root", "/srv", "/tmp", "/var", "/var/tmp", NULL };
	const char *const *d;

	for (d = whole; *d != NULL; d++)
		if (strcmp(path, *d) == 0)
			return true;
	return false;
}

static void
refuse_project(const struct plan *p, const struct passwd *pw)
{
	static const char *const stores[] = { ".ssh", ".gnupg", ".aws", ".kube",
	    ".password-store", ".local/share/keyrings", NULL };
	static const char *const parents[] = { ".config", ".local", ".local/share",
	    ".local/state", ".cache", NULL };
	const char *const *d;
	char *path;
	bool in;

	if (whole_place(p->project))
		errx(WX_CHAIN, "cannot take '%s' as the project: go to the folder of one", p->project);
	if (repo_is_git_dir(p->project))
		errx(WX_CHAIN, "cannot take '%s' as the project: it is a bare repository; give a clone of "
		    "it (git clone)", p->project);
	if (in_system(p->project))
		errx(WX_CHAIN, "cannot take '%s' as the project: it belongs to the system",
		    p->project);
	if (path_within(p->host_home, p->project) ||
	    (pw != NULL && strcmp(pw->pw_dir, "/nonexistent") != 0 &&
	    path_within(pw->pw_dir, p->project)))
		errx(WX_CHAIN, "cannot take '%s' as the project: your home is in it; "
		    "go to the folder of one project", p->project);
	for (d = parents; *d != NULL; d++) {
		path = path_clean(p->host_home, *d);
		in = strcmp(p->project, path) == 0;
		free(path);
		if (in)
			errx(WX_CHAIN, "cannot take '%s' as the project: it holds the settings "
			    "of all your programs", p->project);
	}
	for (d = stores; *d != NULL; d++) {
		path = path_clean(p->host_home, *d);
		in = path_within(p->project, path);
		free(path);
		if (in)
			errx(WX_CHAIN, "cannot take '%s' as the project: ~/%s holds your "
			    "keys or settings", p->project, *d);
	}
}

static char *user_path;   /* NULL: none was set */

const char *
host_path(void)
{
	return user_path;
}

/* Keep the user's PATH, and make ours what the sandbox cannot write into. */
static void
clean_path(const struct plan *p)
{
	const char *path = getenv("PATH"), *end;
	char *dir, *real, *all = xstrdup(""), *more;

	if (path == NULL)
		return;
	user_path = xstrdup(path);
	for (path = user_path; *path != '\0'; path = *end == '\0' ? end : end + 1) {
		end = path + strcspn(path, ":");
		dir = xprintf("%.*s", (int)(end - path), path);
		real = *dir == '/' ? realpath(dir, NULL) : NULL;
		if (real != NULL && !path_within(real, p->project)) {
			more = xprintf("%s%s%s", all, *all == '\0' ? "" : ":", dir);
			free(all);
			all = more;
		}
		free(real);
		free(dir);
	}
	/* An empty PATH is the current folder to execvp(3). */
	if (setenv("PATH", *all == '\0' ? "/nonexistent" : all, 1) == -1)
		err(WX_CHAIN, "cannot set PATH");
	free(all);
}

/*
 * The repository that the project is in. All of its work tree becomes the project, for git is of
 * one piece; the command starts where it was asked to. One whose top is no place for a
 * project, or that is another user's, is none to us.
 */
static void
find_repository(struct plan *p, bool git)
{
	const struct passwd *pw = getpwuid(getuid());
	const char *home = getenv("HOME");
	char *real = realpath(home != NULL && *home == '/' ? home : pw != NULL ? pw->pw_dir : "/nonexistent", NULL);
	struct stat st;

	if (!git || !repo_find(p->project, real == NULL ? "/nonexistent" : real, &p->repo)) {
		free(real);
		return;
	}
	free(real);
	if (stat(p->repo.common, &st) == -1 || st.st_uid != getuid() || whole_place(p->repo.top)) {
		p->repo = (struct repo){ 0 };
		return;
	}
	if (strcmp(p->repo.top, p->project) != 0)
		p->sub = xstrdup(p->project + strlen(p->repo.top) + 1);
	p->project = xstrdup(p->repo.top);
}

void
host_user(struct plan *p)
{
	p->uid = getuid();
	p->gid = getgid();
	p->project = xstrdup("/nonexistent");
	find_user(p, getpwuid(p->uid));
	clean_path(p);
}

void
host_project(struct plan *p, const char *dir, bool git)
{
	const struct passwd *pw;
	struct stat st;

	p->project = realpath(dir, NULL);
	if (p->project == NULL || stat(p->project, &st) == -1)
		err(WX_CHAIN, "cannot find project '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		errx(WX_CHAIN, "cannot use project '%s': not a folder", p->project);
	if (getuid() == 0 || geteuid() == 0)
		become_owner(st.st_uid, st.st_gid, p->project);
	find_repository(p, git);
	p->uid = getuid();
	p->gid = getgid();
	if (access(p->project, R_OK | X_OK) == -1)
		err(WX_CHAIN, "cannot read project '%s'", p->project);
	pw = getpwuid(p->uid);
	find_user(p, pw);
	refuse_project(p, pw);
	refuse_own_folders(p);
	clean_path(p);
}

char *
host_real_prefix(const char *dir)
{
	char *head = path_clean("/", dir), *clean = xstrdup(head), *real, *slash, *out;
	size_t n;

	while ((real = realpath(head, NULL)) == NULL && (slash = strrchr(head, '/')) != head)
		*slash = '\0';
	n = strlen(head);
	out = real == NULL ? xstrdup(clean) :
	    path_clean(real, clean[n] == '/' ? clean + n + 1 : clean + n);
	free(real);
	free(clean);
	free(head);
	return out;
}

char *
host_xdg(const struct plan *p, const char *kind, const char *fallback)
{
	char *name = xprintf("XDG_%s_HOME", kind);
	const char *dir = getenv(name);
	char *path;

	free(name);
	/* A relative one is to be ignored (XDG Base Directory Specification 0.8). */
	if (dir != NULL && *dir == '/')
		return host_real_prefix(dir);
	name = path_clean(p->host_home, fallback);
	path = host_real_prefix(name);
	free(name);
	return path;
}

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
	FILE *fp = open_memstream(&text, &len);

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)wx_read_text(AT_FDCWD, "/etc/resolv.conf", 0, buf, sizeof(buf));
	for (line = buf; p->net != NET_NONE && *line != '\0'; line = next) {
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
	if (p->dns_forward != NULL)
		(void)fprintf(fp, "nameserver %s\n", p->dns_forward);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	mount_file(&p->mounts, "/etc/resolv.conf", 0644, text, len);
	free(text);
}

void
host_cgroup(struct plan *p)
{
	char *prog;

	if (!wx_usersystemd() || !wx_usersystemd_controls(p->uid, "memory") ||
	    !wx_usersystemd_controls(p->uid, "pids"))
		return;
	prog = host_program("systemd-run");
	p->limits.cgroup = prog != NULL;
	p->limits.cpu_cgroup = prog != NULL && wx_usersystemd_controls(p->uid, "cpu");
	free(prog);
}

/* NAME in the folders of PATH. An entry that is not absolute is the current
 * folder's, and passed by. NULL with errno. */
static char *
look_up(const char *path, const char *name)
{
	const char *end;
	struct stat st;
	char *full;
	int saved = ENOENT;

	if (path == NULL || *path == '\0')
		path = "/usr/local/bin:/usr/bin:/bin";
	for (; *name != '\0'; path = end + 1) {
		end = path + strcspn(path, ":");
		if (*path == '/') {
			full = xprintf("%.*s/%s", (int)(end - path), path, name);
			if (stat(full, &st) == 0 && S_ISREG(st.st_mode)) {
				if (access(full, X_OK) == 0)
					return full;
				saved = EACCES;
			}
			free(full);
		}
		if (*end == '\0')
			break;
	}
	errno = saved;
	return NULL;
}

char *
host_which(const char *name)
{
	struct stat st;
	char *full, *cwd;

	if (strchr(name, '/') == NULL)
		return look_up(user_path, name);
	cwd = getcwd(NULL, 0);
	full = path_clean(cwd == NULL ? "/" : cwd, name);
	free(cwd);
	if (stat(full, &st) == 0) {
		if (S_ISREG(st.st_mode) && access(full, X_OK) == 0)
			return full;
		errno = EACCES;
	}
	free(full);
	return NULL;
}

char *
host_program(const char *name)
{
	return look_up(getenv("PATH"), name);
}
