/* SPDX-License-Identifier: MIT */
#include "private.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/gitconfig.h"
#include "libcommon/tool/text.h"

#define CONFIG_MAX (1 << 20)
#define NAMES_MAX  (16 << 20)   /* bytes of tracked names that are looked at */
#define ARGS_MAX   (64 << 10)   /* bytes of paths in one command line */

/* What the configuration has of what concerns us. */
struct has {
	bool signs, sparse;
};

struct place {
	int   git;         /* the private git directory */
	char *tree;        /* below it, that of the project's work tree: "." or worktrees/NAME */
	char *inside;      /* the path of that in the sandbox */
};

/* Where the settings are, in the private git directory, that are for the project's work tree alone. */
#define OWN_SETTINGS "info/wrapix"

static void
add(int dir, const char *name, const char *s)
{
	int fd = openat(dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd == -1 || wx_write_all(fd, s, strlen(s)) == -1)
		private_cannot(name);
	(void)close(fd);
}

/* A key without a value is true, and so is any number but 0 (git-config(1), "Values"). */
static bool
truth(const char *s)
{
	return strcasecmp(s, "false") != 0 && strcasecmp(s, "no") != 0 && strcasecmp(s, "off") != 0 &&
	    strcmp(s, "0") != 0;
}

static void
setting(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	struct has *h = user;

	if (*subsection != '\0' || !truth(value))
		return;
	if (strcmp(section, "core") == 0 && strcmp(key, "sparsecheckout") == 0)
		h->sparse = true;
	if (((strcmp(section, "commit") == 0 || strcmp(section, "tag") == 0 || strcmp(section, "push") == 0) &&
	    strcmp(key, "gpgsign") == 0) || (strcmp(section, "tag") == 0 && strcmp(key, "forcesignannotated") == 0))
		h->signs = true;
}

/* What the file NAME of DIR sets; one that git could not read either sets nothing. */
static struct has
settings_of(int dir, const char *name)
{
	struct has h = { 0 };
	char *buf = malloc(CONFIG_MAX);
	ssize_t n;

	if (buf == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	n = wx_read_text(dir, name, O_NOFOLLOW, buf, CONFIG_MAX);
	if (n > 0)
		(void)wx_gitconfig_read(buf, (size_t)n, setting, &h);
	free(buf);
	return h;
}

/* REL as a pattern of gitignore(5) that is not to be in the work tree's own part. */
static void
write_pattern(FILE *fp, const char *rel)
{
	(void)fputs("!/", fp);
	for (; *rel != '\0'; rel++) {
		if (strchr("\\*?[ ", *rel) != NULL)
			(void)fputc('\\', fp);
		(void)fputc(*rel, fp);
	}
	(void)fputc('\n', fp);
}

/* Write the names of the index that are FIXED, or below, to OUT, each ended by NUL. False: not to be told. */
static bool
tracked(const struct hostgit *git, const struct strv *fixed, FILE *out)
{
	struct hostgit_said said;
	struct strv argv;
	size_t i = 0, room;
	bool ok = true;

	while (ok && i < fixed->n) {
		argv = (struct strv){ 0 };
		strv_addv(&argv, (const char *const []){ "--literal-pathspecs", "ls-files", "-z", "--", NULL });
		for (room = ARGS_MAX; i < fixed->n && room > strlen(fixed->v[i]); i++) {
			strv_add(&argv, fixed->v[i]);
			room -= strlen(fixed->v[i]);
		}
		ok = hostgit(git, (const char *const *)argv.v, NULL, 0, NAMES_MAX, &said) == 0 && !said.cut;
		if (ok)
			(void)fwrite(said.out, 1, said.len, out);
		free(said.out);
	}
	return ok;
}

static void
note(int git, const struct strv *fixed)
{
	char *all = NULL;
	size_t len = 0, i;
	FILE *fp = text_open(&all, &len);

	for (i = 0; i < fixed->n; i++)
		(void)fwrite(fixed->v[i], 1, strlen(fixed->v[i]) + 1, fp);
	text_close(fp);
	if (copy_text(git, "../start/" PRIVATE_FIXED, all, len) == -1)
		private_cannot(PRIVATE_FIXED);
	free(all);
}

/*
 * Settings for this work tree and no other: git worktree add would hand a config.worktree on to the new
 * tree, which then lacked the files that are read-only here.
 */
static void
add_own_settings(const struct place *at, const char *s)
{
	char *pattern = malloc(2 * strlen(at->inside) + 1), *p = pattern, *quoted, *include;
	const char *c;

	if (pattern == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	/* A glob of git-config(1), "Conditional includes", in a subsection, which is of one line. */
	for (c = at->inside; *c != '\0'; c++) {
		if (strchr("\\*?[", *c) != NULL)
			*p++ = '\\';
		*p++ = *c == '\n' ? '?' : *c;
	}
	*p = '\0';
	quoted = quote_git(pattern);
	include = xprintf("\n[includeIf \"gitdir:%s]\n\tpath = " OWN_SETTINGS "\n", quoted + 1);
	add(at->git, "config", include);
	if (copy_text(at->git, OWN_SETTINGS, s, strlen(s)) == -1)
		private_cannot(OWN_SETTINGS);
	free(include);
	free(quoted);
	free(pattern);
}

static void
leave_alone(const struct place *at, const struct hostgit *git, const struct strv *fixed)
{
	static const char *const mark[] = { "update-index", "-z", "--skip-worktree", "--stdin", NULL };
	char *names = NULL, *patterns = NULL, *dir = xprintf("%s/info", at->tree), *path;
	size_t len = 0, n = 0, i;
	FILE *fp = text_open(&names, &len), *out = text_open(&patterns, &n);
	bool some;

	some = tracked(git, fixed, fp);
	text_close(fp);
	some = some && len > 0 && hostgit(git, mark, names, len, 0, NULL) == 0;
	(void)fputs("/*\n", out);
	for (i = 0; i < fixed->n; i++)
		write_pattern(out, fixed->v[i]);
	text_close(out);
	if (some) {
		path = xprintf("%s/sparse-checkout", dir);
		if ((mkdirat(at->git, dir, 0755) == -1 && errno != EEXIST) ||
		    (unlinkat(at->git, path, 0) == -1 && errno != ENOENT) ||
		    copy_text(at->git, path, patterns, n) == -1)
			private_cannot(path);
		free(path);
		/* They are there, and stay (sparse.expectFilesOutsideOfPatterns, git-config(1)). */
		add_own_settings(at, "[core]\n\tsparseCheckout = true\n\tsparseCheckoutCone = false\n"
		    "[sparse]\n\texpectFilesOutsideOfPatterns = true\n");
		note(at->git, fixed);
	}
	free(patterns);
	free(names);
	free(dir);
}

void
overrides_write(const struct private *v, const struct plan *p, const struct strv *fixed, bool signs)
{
	static const char unsigned_[] = "\n[commit]\n\tgpgSign = false\n[tag]\n\tgpgSign = false\n"
	    "\tforceSignAnnotated = false\n[push]\n\tgpgSign = false\n";
	bool linked = strcmp(p->repo.dir, p->repo.common) != 0;
	struct place at = { .git = wx_dir_open(v->lock, "git"),
	    .tree = linked ? xprintf("worktrees/%s", strrchr(p->repo.dir, '/') + 1) : xstrdup("."),
	    .inside = linked ? xstrdup(p->repo.dir) : xstrdup(p->git_dest) };
	char *own = xprintf("%s/config.worktree", at.tree), *dir = xprintf("%s/git/%s", v->path, at.tree),
	    *objects = xprintf("%s/objects", p->repo.common), *s, *quoted;
	struct hostgit git = { .program = p->git_program, .dir = dir, .objects = objects, .tree = p->repo.top };
	struct has all, one;

	if (at.git == -1)
		private_cannot("git");
	all = settings_of(at.git, "config");
	one = settings_of(at.git, own);
	if (p->repo.file && !linked) {
		quoted = quote_git(p->at);
		s = xprintf("\n[core]\n\tworktree = %s\n", quoted);
		add(at.git, "config", s);
		/* git-sparse-checkout(1) moves it to where it has the last word. */
		if (faccessat(at.git, own, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			add(at.git, own, s);
		free(s);
		free(quoted);
	}
	if (!signs && (all.signs || one.signs)) {
		add(at.git, one.signs ? own : "config", unsigned_);
		warnx("what is committed inside is not signed, though the project's git settings want it: the key is not "
		    "there (-k and --signing-key give one)");
	}
	if (fixed->n > 0 && !all.sparse && !one.sparse)
		leave_alone(&at, &git, fixed);
	(void)close(at.git);
	free(objects);
	free(dir);
	free(own);
	free(at.inside);
	free(at.tree);
}
