/* SPDX-License-Identifier: MIT */
#include "gituser.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gitident.h"
#include "gitfile.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/gitconfig.h"
#include "libcommon/tool/path.h"

#define LIST_MAX    (1 << 20)
#define SECONDS_MAX 10   /* an include can be a pipe */

/* The one file that stands for both of the user's (git(1)), or NULL. */
static const char *
own_config(void)
{
	const char *path = getenv("GIT_CONFIG_GLOBAL");

	return path != NULL && *path == '/' ? path : NULL;
}

/* The system's, or NULL. */
static const char *
system_config(void)
{
	const char *path = getenv("GIT_CONFIG_SYSTEM");

	return getenv("GIT_CONFIG_NOSYSTEM") != NULL ? NULL : path == NULL ? "/etc/gitconfig" : path;
}

/* ---- which files name something ---- */

/* Of a key, lower case as git gives it: what its value is to git. 'h': the directory of hooks,
 * 'i': a file with more settings, 'p': a command line (git-config(1)). */
static char
meaning(const char *key)
{
	static const char *const exact[] = { "core.fsmonitor", "core.sshcommand",
	    "core.editor", "core.pager", "core.askpass", "core.gitproxy", "core.alternaterefscommand",
	    "diff.external", "gpg.program", "sequence.editor", "credential.helper",
	    "interactive.difffilter", "uploadpack.packobjectshook", "gpg.ssh.defaultkeycommand",
	    "sendemail.smtpserver", "sendemail.sendmailcmd", "sendemail.tocmd", "sendemail.cccmd",
	    "sendemail.headercmd", "imap.tunnel", "gc.recentobjectshook", "core.attributesfile",
	    "core.excludesfile", "blame.ignorerevsfile", "commit.template", "gpg.ssh.allowedsignersfile", NULL };
	static const char *const ends[] = { ".textconv", ".command", ".driver", ".clean",
	    ".smudge", ".process", ".program", ".helper", ".cmd", ".path", ".update",
	    ".uploadpack", ".receivepack", ".vcs", NULL };
	const char *const *k;
	size_t n = strlen(key), m;

	if (strcmp(key, "core.hookspath") == 0)
		return 'h';
	if (strcmp(key, "include.path") == 0 ||
	    (strncmp(key, "includeif.", 10) == 0 && n > 5 && strcmp(key + n - 5, ".path") == 0))
		return 'i';
	if (strncmp(key, "alias.", 6) == 0 || strncmp(key, "pager.", 6) == 0)
		return 'p';
	for (k = exact; *k != NULL; k++)
		if (strcmp(key, *k) == 0)
			return 'p';
	for (k = ends; *k != NULL; k++) {
		m = strlen(*k);
		if (n > m && strcmp(key + n - m, *k) == 0)
			return 'p';
	}
	return 0;
}

/* WORD in the text, but for that in "logallrefupdates", which git init writes into
 * every file: a key or none is of these letters only (git-config(1), "Syntax"). */
static bool
has_word(const char *text, const char *word)
{
	static const char common[] = "logallrefupdates";
	const size_t before = sizeof("logallref") - 1;
	const char *p;

	for (p = text; (p = strcasestr(p, word)) != NULL; p++)
		if ((size_t)(p - text) < before ||
		    strncasecmp(p - before, common, sizeof(common) - 1) != 0)
			return true;
	return false;
}

/* Does the text have any word that the keys above could come from? Most files have none. */
static bool
worth_asking(const char *text)
{
	static const char *const signs[] = { "hookspath", "include", "fsmonitor", "command",
	    "editor", "pager", "askpass", "gitproxy", "external", "program", "helper", "filter",
	    "hook", "textconv", "driver", "clean", "smudge", "process", "cmd", "path", "sfile", "template", "vcs",
	    "alias", "update", "uploadpack", "receivepack", "smtpserver", "tunnel", NULL };
	const char *const *s;

	for (s = signs; *s != NULL; s++)
		if (has_word(text, *s))
			return true;
	return false;
}

/* Is the repository's file NAME one that says no more than gitident_parse understands? */
static bool
plain(struct plan *p, const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name), buf[65536];
	ssize_t n = wx_read_text(AT_FDCWD, path, 0, buf, sizeof(buf));
	bool ok = n >= 0 || errno == ENOENT;

	free(path);
	return ok && (n <= 0 ||
	    (strlen(buf) == (size_t)n && !worth_asking(buf) && gitident_parse(buf, (size_t)n, &p->git) == 0));
}

/* Is the user's file PATH, or the system's, not there, or apart from the project, and plain? */
static bool
own_plain(struct plan *p, const char *path)
{
	char *real = path_apart(path, p->project);
	bool ok = real == NULL ? access(path, F_OK) == -1 : gitident_read(real, &p->git) == 0;

	free(real);
	return ok;
}

static bool
all_plain(struct plan *p)
{
	char *first = gitfile_place(p, "config"), *second = xprintf("%s/.gitconfig", p->host_home);
	bool ok = system_config() == NULL || own_plain(p, system_config());

	/* git reads both of the user's files, the one in HOME last (git-config(1), FILES). */
	if (own_config() != NULL)
		ok = ok && own_plain(p, own_config());
	else
		ok = ok && own_plain(p, first) && own_plain(p, second);
	if (p->repo.top != NULL)
		ok = ok && plain(p, p->repo.common, "config") && plain(p, p->repo.dir, "config.worktree");
	free(first);
	free(second);
	return ok;
}

static void
pass(struct strv *env, const char *name)
{
	if (getenv(name) != NULL)
		strv_addf(env, "%s=%s", name, getenv(name));
}

static void
ask_git(const struct plan *p, const char *git_dir, struct capture *c)
{
	static const char *const argv[] = { "git", "config", "--list", "--show-scope", "--show-origin", "--includes", "-z", NULL };
	char *config = host_xdg(p, "CONFIG", ".config");
	struct strv env = { 0 };

	strv_addf(&env, "HOME=%s", p->host_home);
	strv_addf(&env, "XDG_CONFIG_HOME=%s", config);
	strv_addf(&env, "GIT_DIR=%s", git_dir);
	strv_addf(&env, "PATH=%s", getenv("PATH") == NULL ? "/usr/bin:/bin" : getenv("PATH"));
	pass(&env, "GIT_CONFIG_GLOBAL");
	pass(&env, "GIT_CONFIG_SYSTEM");
	pass(&env, "GIT_CONFIG_NOSYSTEM");
	(void)capture_start(c, argv, (const char *const *)env.v);
	free(config);
}

void
gitsettings_start(struct plan *p, struct capture *c)
{
	c->pid = -1;
	if (!all_plain(p)) {
		p->git = (struct gitident){ 0 };
		ask_git(p, p->repo.top == NULL ? "/dev/null" : p->repo.dir, c);
	}
}

/* ---- what git said ---- */

/* PATH by the directory DIR, or by HOME. The caller owns it. */
static char *
absolute(const struct plan *p, const char *dir, const char *path)
{
	char *full = *path == '~' ? xprintf("%s%s", p->host_home, path + strcspn(path, "/")) : xstrdup(path);
	char *clean = path_clean(dir, full), *real = host_real_prefix(clean);

	free(full);
	free(clean);
	return real;
}

/* Hooks that are symbolic links into the work tree, or are in a directory that is one: what they
 * lead to runs on the host. */
static void
add_linked_hooks(struct plan *p, const char *hooks)
{
	DIR *dir = opendir(hooks);
	struct dirent *e;
	struct stat st;
	char *path, *real = host_real_prefix(hooks);

	if (!path_within(real, p->repo.common))
		strv_addf(&p->git_named, "h%s", real);
	free(real);

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISLNK(st.st_mode))
			continue;
		path = xprintf("%s/%s", hooks, e->d_name);
		real = host_real_prefix(path);
		strv_addf(&p->git_named, "p%s", real);
		free(real);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* Each word of a command line that could be a path of the work tree. */
static void
add_programs(struct plan *p, const char *value)
{
	char *copy = xstrdup(value), *w, *save = NULL, *path;

	for (w = strtok_r(copy, " \t\n!'\"=;&|()", &save); w != NULL; w = strtok_r(NULL, " \t\n!'\"=;&|()", &save)) {
		path = absolute(p, p->repo.top, w);
		strv_addf(&p->git_named, "%c%s", strchr(w, '/') == NULL ? 'f' : 'p', path);
		free(path);
	}
	free(copy);
}

static void
replace(char **at, const char *value)
{
	free(*at);
	*at = xstrdup(value);
}

/* Does the file ORIGIN, of this scope (git-config(1), SCOPES), belong to the user or the system? */
static bool
users(const struct plan *p, const char *scope, const char *origin)
{
	char *real = path_apart(origin, p->project);
	bool ok = (strcmp(scope, "global") == 0 || strcmp(scope, "system") == 0) && real != NULL;

	free(real);
	return ok;
}

static void
one_setting(struct plan *p, const char *scope, const char *origin, const char *key, const char *value)
{
	char what = meaning(key), *dir, *path;

	if (strcmp(key, "user.name") == 0)
		replace(&p->git.name, value);
	else if (strcmp(key, "user.email") == 0)
		replace(&p->git.email, value);
	else if (strcmp(key, "core.hookspath") == 0)
		replace(&p->git.hooks, value);
	/* The repository's own are in its git directory, and a file that those include, or that lies in the
	 * project, is not the user's word: it could name any file of his. */
	if ((gitident_how(key, value) || gitident_names_text(key)) && users(p, scope, origin))
		strv_addf(&p->git.how, "%s=%s", key, value);
	if (p->repo.top == NULL || what == 0)
		return;
	if (what == 'p') {
		add_programs(p, value);
		return;
	}
	/* An include is relative to its file, the hooks to the top of the work tree. */
	dir = what == 'i' && strrchr(origin, '/') != NULL ?
	    xprintf("%.*s", (int)(strrchr(origin, '/') - origin), origin) : xstrdup(p->repo.top);
	path = absolute(p, dir, value);
	strv_addf(&p->git_named, "%c%s", what, path);
	free(path);
	free(dir);
}

/* "scope" NUL "file:PATH" NUL "key" LF "value" NUL, or "key" NUL where it has none: true (git-config(1), -z). */
static void
read_list(struct plan *p, char *buf, size_t len)
{
	char *scope, *origin, *key, *value, *end = buf + len;

	for (scope = buf; scope < end; scope = key + strlen(key) + 1) {
		origin = scope + strlen(scope) + 1;
		key = origin >= end ? end : origin + strlen(origin) + 1;
		if (key >= end)
			return;
		value = strchr(key, '\n');
		if (strncmp(origin, "file:", 5) != 0 || value == NULL)
			continue;
		*value++ = '\0';
		one_setting(p, scope, origin + 5, key, value);
		key = value;
	}
}

/* ---- other work trees of the repository ---- */

/* HOOKS, as core.hooksPath has it, of the work tree TREE, where that is in the project. */
static void
add_hooks_of(struct plan *p, const char *tree, const char *hooks)
{
	char *path;

	if (hooks == NULL || *hooks == '/' || *hooks == '~' || !path_within(tree, p->project))
		return;
	path = absolute(p, tree, hooks);
	strv_addf(&p->git_named, "h%s", path);
	free(path);
}

/* The linked work trees: they have the repository's settings. */
static void
add_linked(struct plan *p)
{
	char *dir = xprintf("%s/worktrees", p->repo.common), *path, buf[PATH_MAX], *end;
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		path = xprintf("%s/%s/gitdir", dir, e->d_name);
		(void)wx_read_text(AT_FDCWD, path, 0, buf, sizeof(buf));
		free(path);
		end = strrchr(buf, '/');
		if (*buf == '/' && end != NULL && strncmp(end, "/.git", 5) == 0) {
			*end = '\0';
			add_hooks_of(p, buf, p->git.hooks);
		}
	}
	if (d != NULL)
		(void)closedir(d);
	free(dir);
}

struct module {
	char *tree, *hooks;
};

static void
module_setting(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	struct module *m = user;
	char **at = strcmp(key, "worktree") == 0 ? &m->tree : strcmp(key, "hookspath") == 0 ? &m->hooks : NULL;

	if (at == NULL || strcmp(section, "core") != 0 || *subsection != '\0')
		return;
	free(*at);
	*at = xstrdup(value);
}

/* The submodules in DIR, whose settings are their own, and the user's. */
static void
add_modules(struct plan *p, const char *dir, int depth)
{
	DIR *d = depth > 8 ? NULL : opendir(dir);
	char *path, *config, *tree, buf[65536];
	struct module m;
	struct dirent *e;
	ssize_t n;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (*e->d_name == '.')
			continue;
		path = xprintf("%s/%s", dir, e->d_name);
		config = xprintf("%s/config", path);
		n = wx_read_text(AT_FDCWD, config, O_NOFOLLOW, buf, sizeof(buf));
		free(config);
		m = (struct module){ 0 };
		if (n > 0)
			(void)wx_gitconfig_read(buf, (size_t)n, module_setting, &m);
		if (m.tree != NULL) {
			tree = absolute(p, path, m.tree);
			add_hooks_of(p, tree, m.hooks);
			add_hooks_of(p, tree, p->git.hooks);
			free(tree);
		}
		config = xprintf("%s%s", path, n > 0 ? "/modules" : "");
		add_modules(p, config, depth + 1);
		free(config);
		free(m.tree);
		free(m.hooks);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
}

void
gitsettings_finish(struct plan *p, struct capture *c)
{
	char *buf = malloc(LIST_MAX), *path;
	ssize_t n;
	bool asked;

	if (buf == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	asked = c->pid != -1;
	n = capture_finish(c, buf, LIST_MAX, SECONDS_MAX);
	if (asked && n == -1 && errno == ETIMEDOUT && p->repo.top != NULL)
		errx(WX_CHAIN, "cannot use '%s': git does not end to read its settings; is a file that they include a pipe? "
		    "run without it: --git none", escaped(p->repo.common));
	/* A configuration that git cannot read: the user's own, then. */
	if (asked && n == -1 && p->repo.top != NULL) {
		ask_git(p, "/dev/null", c);
		n = capture_finish(c, buf, LIST_MAX, SECONDS_MAX);
	}
	if (n > 0)
		read_list(p, buf, (size_t)n);
	free(buf);
	if (p->git.hooks != NULL && p->git_named.n == 0 && p->repo.top != NULL) {
		path = absolute(p, p->repo.top, p->git.hooks);
		strv_addf(&p->git_named, "h%s", path);
		free(path);
	}
	if (p->repo.top != NULL) {
		path = p->git.hooks == NULL ? xprintf("%s/hooks", p->repo.common) : absolute(p, p->repo.top, p->git.hooks);
		add_linked_hooks(p, path);
		free(path);
		add_linked(p);
		path = xprintf("%s/modules", p->repo.common);
		add_modules(p, path, 0);
		free(path);
	}
	gitfile_add(p);
}
