/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"

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

char *
host_path_next(const char **at)
{
	size_t n = *at == NULL ? 0 : strcspn(*at, ":");
	char *dir;

	if (*at == NULL || **at == '\0')
		return NULL;
	dir = xprintf("%.*s", (int)n, *at);
	*at += n + ((*at)[n] == ':');
	return dir;
}

/* Keep the user's PATH, and make ours what the sandbox cannot write into. */
static void
clean_path(const struct plan *p)
{
	const char *path = getenv("PATH");
	char *dir, *real, *all = xstrdup(""), *more;

	if (path == NULL)
		return;
	user_path = xstrdup(path);
	for (path = user_path; (dir = host_path_next(&path)) != NULL; free(dir)) {
		real = *dir == '/' ? realpath(dir, NULL) : NULL;
		if (real != NULL && !path_within(real, p->project)) {
			more = xprintf("%s%s%s", all, *all == '\0' ? "" : ":", dir);
			free(all);
			all = more;
		}
		free(real);
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
