/* SPDX-License-Identifier: MIT */
#include "gitdir.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/capture.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

#define CONFIG_MAX (1 << 20)

bool
gitdir_is(int root, const char *rel)
{
	static const char *const parts[] = { "HEAD", "objects", "refs" };
	struct stat st;
	bool yes = true;
	char *path;
	size_t i;

	for (i = 0; i < 3 && yes; i++) {
		path = xprintf("%s%s%s", rel, *rel == '\0' ? "" : "/", parts[i]);
		yes = wx_beneath_stat(root, path, &st) == 0 && S_ISDIR(st.st_mode) == (i > 0);
		free(path);
	}
	return yes;
}

/* The first line of FILE, at the most PATH_MAX bytes, or NULL. */
static char *
first_line(const char *file)
{
	char buf[PATH_MAX + 16];
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	ssize_t n = fd == -1 ? -1 : wx_read_all(fd, buf, sizeof(buf) - 1);

	if (fd != -1)
		(void)close(fd);
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	buf[strcspn(buf, "\r\n")] = '\0';
	return xstrdup(buf);
}

static char *
line_of(const char *dir, const char *name)
{
	char *file = xprintf("%s/%s", dir, name), *line = first_line(file);

	free(file);
	return line;
}

/* DIR/REL, or REL where it is absolute, canonical; NULL if it is not there. */
static char *
resolve(const char *dir, const char *rel)
{
	char *path = *rel == '/' ? xstrdup(rel) : xprintf("%s/%s", dir, rel);
	char *real = realpath(path, NULL);

	free(path);
	return real;
}

static bool
same(char *path, const char *want)
{
	bool yes = path != NULL && strcmp(path, want) == 0;

	free(path);
	return yes;
}

static bool
in_worktrees(const struct gitdir_link *l)
{
	char *want = xprintf("%s/worktrees", l->main);
	size_t n = strlen(want);
	bool yes = path_within(l->dir, want) && l->dir[n] == '/' &&
	    strchr(l->dir + n + 1, '/') == NULL;

	free(want);
	return yes;
}

/*
 * A work tree: its folder lies in the "worktrees" of the main one, as git makes it;
 * otherwise anybody who can write a folder somewhere could name any main one. Its
 * "gitdir" names our .git, its "commondir" the main one.
 */
static bool
is_worktree(struct gitdir_link *l, const char *project)
{
	char *back = line_of(l->dir, "gitdir"), *common = line_of(l->dir, "commondir");
	char *slash;
	bool ok = false;

	if (back != NULL && common != NULL && (slash = strrchr(back, '/')) != NULL &&
	    strcmp(slash, "/.git") == 0) {
		*slash = '\0';
		ok = same(resolve(l->dir, *back == '\0' ? "/" : back), project);
		l->main = resolve(l->dir, common);
		ok = ok && l->main != NULL && in_worktrees(l);
	}
	free(back);
	free(common);
	return ok;
}

static ssize_t
config(const char *file, const char *const *args, char *buf, size_t cap)
{
	static const char *const envp[] = { "GIT_DIR=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
	    "HOME=/nonexistent", "PATH=/usr/bin:/bin", NULL };
	const char *argv[12] = { "git", "config", "--no-includes", "-z", "--file", file };
	struct capture c;
	size_t i;

	for (i = 0; i < 4 && args[i] != NULL; i++)
		argv[6 + i] = args[i];
	argv[6 + i] = NULL;
	if (capture_start(&c, argv, envp) == -1)
		return -1;
	return capture_finish(&c, buf, cap);
}

static bool
is_submodule(const struct gitdir_link *l, const char *project)
{
	static const char *const args[] = { "--get", "core.worktree", NULL };
	char buf[PATH_MAX + 16], *file = xprintf("%s/config", l->dir);
	ssize_t n = config(file, args, buf, sizeof(buf));

	free(file);
	return n > 0 && same(resolve(l->dir, buf), project);
}

const char *
gitdir_follow(int root, const char *project, struct gitdir_link *out)
{
	char buf[PATH_MAX + 16];
	ssize_t n = beneath_read(root, ".git", buf, sizeof(buf));
	char *clean;
	bool straight;

	out->dir = out->main = NULL;
	if (n == -1)
		return "cannot be read";
	/* git goes by all of it, less what ends the last line. */
	while (n > 0 && strchr("\r\n", buf[n - 1]) != NULL)
		buf[--n] = '\0';
	if (strncmp(buf, "gitdir: ", 8) != 0 || buf[strcspn(buf, "\r\n")] != '\0')
		return "is a file, and not one of git's";
	out->dir = resolve(project, buf + 8);
	if (out->dir == NULL)
		return "points to a folder that is not there";
	if (path_within(out->dir, project)) {
		/* A link on the way could be made to lead elsewhere. */
		clean = path_clean(project, buf + 8);
		straight = strcmp(clean, out->dir) == 0;
		free(clean);
		return straight ? NULL : "points to a git folder through a symbolic link";
	}
	if (is_worktree(out, project) || is_submodule(out, project))
		return NULL;
	return "points to a git folder that does not point back to this project";
}

/* core.worktree as git writes it, one plain line: git need not be asked. */
static bool
plain_work_tree(const char *file, char *out, size_t cap)
{
	static const char key[] = "\n\tworktree = ";
	char buf[16384], *p;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	ssize_t n = fd == -1 ? -1 : wx_read_all(fd, buf, sizeof(buf) - 1);
	size_t len;

	if (fd != -1)
		(void)close(fd);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	p = strstr(buf, key);
	if (p == NULL || strchr(buf, '\\') != NULL)
		return false;
	p += sizeof(key) - 1;
	if (strcasestr(p, "worktree") != NULL)   /* a later one, which would count */
		return false;
	len = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/");
	if (len == 0 || len >= cap || p[len] != '\n')
		return false;
	memcpy(out, p, len);
	out[len] = '\0';
	return true;
}

char *
gitdir_work_tree(const char *dir)
{
	static const char *const args[] = { "--get", "core.worktree", NULL };
	char buf[PATH_MAX + 16], *file = xprintf("%s/config", dir), *tree = NULL;

	if (plain_work_tree(file, buf, sizeof(buf)) || config(file, args, buf, sizeof(buf)) > 0)
		tree = path_clean(dir, buf);
	free(file);
	return tree;
}

char *
gitdir_tree_of(const char *dir)
{
	char *line = line_of(dir, "gitdir"), *slash, *tree;

	slash = line == NULL ? NULL : strrchr(line, '/');
	if (slash == NULL || strcmp(slash, "/.git") != 0) {
		free(line);
		return NULL;
	}
	*slash = '\0';
	tree = resolve(dir, *line == '\0' ? "/" : line);
	if (tree == NULL)
		tree = path_clean(dir, *line == '\0' ? "/" : line);
	free(line);
	return tree;
}

/* Of a key, lower case as git gives it: what its value is to git. */
static char
meaning(const char *key)
{
	static const char *const exact[] = { "core.fsmonitor", "core.sshcommand",
	    "core.editor", "core.pager", "core.askpass", "core.gitproxy", "core.alternaterefscommand",
	    "diff.external", "gpg.program", "sequence.editor", "credential.helper",
	    "interactive.difffilter", "uploadpack.packobjectshook", "gpg.ssh.defaultkeycommand",
	    "sendemail.smtpserver", "sendemail.sendmailcmd", "sendemail.tocmd", "sendemail.cccmd",
	    "sendemail.headercmd", "imap.tunnel", NULL };
	static const char *const ends[] = { ".textconv", ".command", ".driver", ".clean",
	    ".smudge", ".process", ".program", ".helper", ".cmd", ".path", ".update",
	    ".uploadpack", ".receivepack", NULL };
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

/* Each word of a command line that could be a path of the work tree. */
static void
add_program(char *value, struct words *out)
{
	char *w, *save = NULL;

	for (w = strtok_r(value, " \t\n!'\"=;&|()", &save); w != NULL;
	    w = strtok_r(NULL, " \t\n!'\"=;&|()", &save))
		words_addf(out, "p%s", w);
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

/*
 * Does the text have any word that the keys above could come from? Most files
 * have none, and git need not be asked. Names of keys cannot be escaped
 * (git-config(1), "Syntax").
 */
static bool
worth_asking(const char *text)
{
	static const char *const signs[] = { "hookspath", "include", "fsmonitor", "command",
	    "editor", "pager", "askpass", "gitproxy", "external", "program", "helper", "filter",
	    "hook", "textconv", "driver", "clean", "smudge", "process", "cmd", "path",
	    "alias", "update", "uploadpack", "receivepack", "smtpserver", "tunnel", NULL };
	const char *const *s;

	for (s = signs; *s != NULL; s++)
		if (has_word(text, *s))
			return true;
	return false;
}

/* "key LF value NUL", or "key NUL" where it has none (git-config(1), -z). */
static void
add_names(char *list, const char *end, struct words *out)
{
	char *key, *value, what;

	for (key = list; key < end; key = value + strlen(value) + 1) {
		value = strchr(key, '\n');
		if (value == NULL) {
			value = key;
			continue;
		}
		*value++ = '\0';
		what = meaning(key);
		if (what == 'p') {
			char *copy = xstrdup(value);

			add_program(copy, out);
			free(copy);
		} else if (what != 0) {
			words_addf(out, "%c%s", what, value);
		}
	}
}

const char *
gitdir_config(const char *file, struct words *out)
{
	static const char *const args[] = { "--list", NULL };
	const size_t cap = CONFIG_MAX;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *buf;
	const char *bad = NULL;
	ssize_t n;

	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR ? NULL : strerror(errno);
	buf = malloc(cap);
	if (buf == NULL) {
		(void)close(fd);
		return strerror(ENOMEM);
	}
	n = wx_read_all(fd, buf, cap - 1);
	(void)close(fd);
	if (n == -1) {
		bad = "is larger than 1 MiB, or cannot be read";
	} else {
		buf[n] = '\0';
		if (strlen(buf) != (size_t)n || worth_asking(buf)) {
			n = config(file, args, buf, cap);
			if (n == -1)
				bad = "cannot be read by git config";
			else
				add_names(buf, buf + n, out);
		}
	}
	free(buf);
	return bad;
}
