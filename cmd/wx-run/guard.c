/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "beneath.h"
#include "gitdir.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

#define MODULES_DEPTH 8
#define INCLUDES_MAX  16
#define MATCHES_MAX   4096

/* Read by a shell, an editor, a package manager or an agent on its own accord. */
const char *const guard_defaults[] = {
	".envrc", ".tool-versions", ".mise.toml", "mise.toml", ".npmrc", ".yarnrc*",
	".pypirc", ".netrc", ".gitmodules", ".mcp.json", ".vscode", ".idea",
	".devcontainer", ".devcontainer.json", ".claude/settings*.json", ".claude/hooks",
	".claude/commands", ".claude/agents", ".github/workflows", ".exrc", ".nvimrc",
	".nvim.lua", ".dir-locals.el", ".gdbinit", NULL
};

static char *
join(const char *dir, const char *name)
{
	return *dir == '\0' ? xstrdup(name) : xprintf("%s/%s", dir, name);
}

/* ---- globs ---- */

static void
glob_from(int root, const char *dir, const char *pattern, struct words *out)
{
	size_t n = strcspn(pattern, "/");
	char *part = xprintf("%.*s", (int)n, pattern), *path;
	int fd = beneath_open(root, dir, O_RDONLY | O_DIRECTORY);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL && out->n < MATCHES_MAX) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    fnmatch(part, e->d_name, FNM_PERIOD) != 0)
			continue;
		path = join(dir, e->d_name);
		if (pattern[n] == '\0')
			words_add(out, path);
		else
			glob_from(root, path, pattern + n + 1, out);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
	else if (fd != -1)
		(void)close(fd);
	free(part);
}

void
guard_glob(int root, const char *pattern, struct words *out)
{
	struct stat st;

	if (strpbrk(pattern, "*?[") != NULL)
		glob_from(root, "", pattern, out);
	else if (beneath_stat(root, pattern, &st) == 0 || errno != ENOENT)
		words_add(out, pattern);
}

/* ---- the list ---- */

/* REL of ROOT, as the user would say it. */
static char *
label(const struct guards *g, int root, const char *rel)
{
	return xprintf("%s%s", g->roots.v[root].label, rel);
}

static bool
released(const struct guards *g, const struct plan *p, int root, const char *rel)
{
	char *name = label(g, root, rel);
	bool yes = false;
	size_t i;

	for (i = 0; i < p->unprotect.n && !yes; i++)
		yes = path_within(name, p->unprotect.v[i]);
	free(name);
	return yes;
}

static struct guard *
find_guard(struct guards *g, int root, const char *rel)
{
	size_t i;

	for (i = 0; i < g->list.n; i++)
		if (g->list.v[i].root == root && strcmp(g->list.v[i].rel, rel) == 0)
			return &g->list.v[i];
	return NULL;
}

static struct guard *
append(struct guards *g, int root, const char *rel, enum guard_kind kind)
{
	struct guard *new;

	if (g->list.n == g->list.cap)
		g->list.v = xgrow(g->list.v, &g->list.cap, sizeof(*g->list.v));
	new = &g->list.v[g->list.n++];
	*new = (struct guard){ .root = root, .rel = xstrdup(rel), .kind = kind };
	return new;
}

static _Noreturn void
refuse_link(const struct guards *g, int root, const char *rel)
{
	char *link = beneath_link(g->roots.v[root].fd, rel);
	char *name = label(g, root, link == NULL ? rel : link);

	errx(WX_CHAIN, "cannot protect '%s': it is a symbolic link; replace it by what it "
	    "leads to, or leave it unprotected with -u '%s'", name, name);
}

/* Stat REL for a guard: false if it is not there; dies if it cannot be guarded. */
static bool
look(const struct guards *g, int root, const char *rel, struct stat *st)
{
	char *name;

	if (beneath_stat(g->roots.v[root].fd, rel, st) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return false;
		if (errno == ELOOP)
			refuse_link(g, root, rel);
		name = label(g, root, rel);
		err(WX_CHAIN, "cannot look at '%s'", name);
	}
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return true;
	name = label(g, root, rel);
	errx(WX_CHAIN, "cannot protect '%s': neither a file nor a folder; remove it, or leave "
	    "it unprotected with -u '%s'", name, name);
}

static void add_anchors(struct guards *g, int root, const char *rel);

static void
add_guard(struct guards *g, int root, const char *rel, enum guard_kind kind,
    const struct stat *st)
{
	struct guard *have = find_guard(g, root, rel);

	if (have == NULL) {
		add_anchors(g, root, rel);
		have = append(g, root, rel, kind);
	}
	if (kind == GUARD_RO)
		have->kind = kind;
	if (st != NULL) {
		have->dir = S_ISDIR(st->st_mode);
		have->dev = st->st_dev;
		have->ino = st->st_ino;
	}
}

/* Every folder above REL, on itself: renaming one would take its mounts along. */
static void
add_anchors(struct guards *g, int root, const char *rel)
{
	char *dir = xstrdup(rel), *slash = strrchr(dir, '/');
	struct stat st;

	if (slash != NULL) {
		*slash = '\0';
		if (look(g, root, dir, &st))
			add_guard(g, root, dir, GUARD_ANCHOR, &st);
	}
	free(dir);
}

/* Protect REL if it is there. */
static bool
protect(struct guards *g, const struct plan *p, int root, const char *rel)
{
	struct stat st;

	if (released(g, p, root, rel))
		return true;
	if (!look(g, root, rel, &st))
		return false;
	add_guard(g, root, rel, GUARD_RO, &st);
	return true;
}

/* Protect REL, by a placeholder where it is absent. CONTENT NULL: a folder. */
static void
protect_or_place(struct guards *g, const struct plan *p, int root, const char *rel,
    const char *content)
{
	struct guard *new;

	if (protect(g, p, root, rel) || find_guard(g, root, rel) != NULL)
		return;
	add_anchors(g, root, rel);
	new = append(g, root, rel, GUARD_RO);
	new->absent = true;
	new->content = content;
	new->dir = content == NULL;
}

/* ---- git ---- */

/* NAME of the work tree that a configuration names, by its file's folder or the
 * tree's top: "" where it leads elsewhere. */
static char *
in_project(const struct plan *p, const char *base, const char *name)
{
	char *path, *rel;

	if (*name == '~')
		path = xprintf("%s%s", p->host_home, name + strcspn(name, "/"));
	else
		path = path_clean(base, name);
	if (path_within(path, p->project) && strcmp(path, p->project) != 0)
		rel = xstrdup(path + strlen(p->project) + 1);
	else
		rel = xstrdup("");
	free(path);
	return rel;
}

static void config_names(struct guards *g, const struct plan *p, const char *file, int *left);

/* One word of gitdir_config: protect what it names, if that is in the project. */
static void
named_by_config(struct guards *g, const struct plan *p, const char *file,
    const char *word, int *left)
{
	char *dir = xprintf("%.*s", (int)(strrchr(file, '/') - file), file), *rel, *path;

	/* An include is relative to its file, all else to the top of the tree. */
	rel = in_project(p, *word == 'i' ? dir : p->project, word + 1);
	if (*rel != '\0' && strcmp(rel, ".git") != 0 && find_guard(g, 0, rel) == NULL) {
		if (!protect(g, p, 0, rel) && *word == 'h')
			words_add(&g->watch, rel);
		if (*word == 'i') {
			path = xprintf("%s/%s", p->project, rel);
			config_names(g, p, path, left);
			free(path);
		}
	}
	free(rel);
	free(dir);
}

static void
config_names(struct guards *g, const struct plan *p, const char *file, int *left)
{
	struct words names = { 0 };
	size_t i;

	if (--*left < 0)
		return;
	gitdir_config(file, &names);
	for (i = 0; i < names.n; i++)
		named_by_config(g, p, file, names.v[i], left);
}

/* What in one git folder decides what git runs, and where it looks for that. */
static void
guard_leaves(struct guards *g, const struct plan *p, int root, const char *dir, bool linked)
{
	static const struct { const char *name, *content; } leaves[] = {
		{ "config", "" }, { "config.worktree", "" },
		/* git takes "." for the folder itself; /dev/null would end it. */
		{ "commondir", ".\n" }, { "hooks", NULL },
	};
	char *path, *host;
	size_t i;
	int left = INCLUDES_MAX;

	for (i = 0; i < 4; i++) {
		/* A linked work tree has these in the common folder. */
		if (linked && (i == 0 || i == 3))
			continue;
		path = join(dir, leaves[i].name);
		if (linked && i == 2)
			(void)protect(g, p, root, path);
		else
			protect_or_place(g, p, root, path, leaves[i].content);
		free(path);
	}
	for (i = 0; i < 2; i++) {
		path = join(dir, leaves[i].name);
		host = xprintf("%s/%s", g->roots.v[root].host, path);
		config_names(g, p, host, &left);
		free(host);
		free(path);
	}
	words_addf(&g->git_dirs, "%d:%s", root, dir);
}

/* The names in a folder, for a loop that may die on each. */
static void
names_in(int root, const char *dir, struct words *out)
{
	glob_from(root, dir, "*", out);
	glob_from(root, dir, ".*", out);
}

/*
 * .git/modules: read-only as a whole, so that none is added, with each submodule's
 * git folder writable in it, and that one's leaves guarded in turn.
 */
static void
guard_modules(struct guards *g, const struct plan *p, int root, const char *dir, int depth)
{
	struct words names = { 0 };
	struct stat st;
	char *nested;
	size_t i;

	if (released(g, p, root, dir) || depth > MODULES_DEPTH)
		return;
	if (!look(g, root, dir, &st)) {
		if (depth == 0)
			protect_or_place(g, p, root, dir, NULL);
		return;
	}
	if (depth == 0 || !gitdir_is(g->roots.v[root].fd, dir))
		add_guard(g, root, dir, GUARD_RO, &st);
	names_in(g->roots.v[root].fd, dir, &names);
	for (i = 0; i < names.n; i++) {
		if (!look(g, root, names.v[i], &st) || !S_ISDIR(st.st_mode))
			continue;
		if (!gitdir_is(g->roots.v[root].fd, names.v[i])) {
			guard_modules(g, p, root, names.v[i], depth + 1);
			continue;
		}
		add_guard(g, root, names.v[i], GUARD_ANCHOR, &st);
		guard_leaves(g, p, root, names.v[i], false);
		nested = join(names.v[i], "modules");
		if (look(g, root, nested, &st))
			guard_modules(g, p, root, nested, depth + 1);
		free(nested);
	}
}

static void
guard_worktrees(struct guards *g, const struct plan *p, int root, const char *dir)
{
	struct words names = { 0 };
	struct stat st;
	char *path;
	size_t i;

	if (!look(g, root, dir, &st))
		return;
	names_in(g->roots.v[root].fd, dir, &names);
	for (i = 0; i < names.n; i++) {
		if (!look(g, root, names.v[i], &st) || !S_ISDIR(st.st_mode))
			continue;
		guard_leaves(g, p, root, names.v[i], true);
		path = join(names.v[i], "gitdir");
		(void)protect(g, p, root, path);
		free(path);
	}
}

static void
guard_git_dir(struct guards *g, const struct plan *p, int root, const char *dir)
{
	char *path;

	if (released(g, p, root, *dir == '\0' ? "." : dir))
		return;
	guard_leaves(g, p, root, dir, false);
	path = join(dir, "modules");
	guard_modules(g, p, root, path, 0);
	free(path);
	path = join(dir, "worktrees");
	if (!released(g, p, root, path))
		guard_worktrees(g, p, root, path);
	free(path);
}

/* A second, writable way to what is guarded would go round every guard. */
static void
refuse_overlap(const struct plan *p, const char *host)
{
	const struct mount *m;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_RW && strcmp(m->why, "mount") == 0 &&
		    (path_within(host, m->src) || path_within(m->src, host)))
			errx(WX_CHAIN, "cannot mount '%s' writable: it would go round the "
			    "protection of '%s'; mount it read-only", m->src, host);
	}
}

static int
add_root(struct guards *g, const struct plan *p, const char *host, const char *dest,
    const char *name)
{
	struct guard_root *r;

	refuse_overlap(p, host);
	if (g->roots.n == g->roots.cap)
		g->roots.v = xgrow(g->roots.v, &g->roots.cap, sizeof(*g->roots.v));
	r = &g->roots.v[g->roots.n++];
	r->host = xstrdup(host);
	r->dest = xstrdup(dest);
	r->label = xstrdup(name);
	r->fd = open(host, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (r->fd == -1)
		err(WX_CHAIN, "cannot open '%s'", host);
	return (int)g->roots.n - 1;
}

/* A made file over DEST: read-only, and "hide" to bwrap.c. Added last of all. */
static void
cover(struct guards *g, const char *dest, const char *text)
{
	mount_file(&g->covers, dest, 0444, text, strlen(text))->why = "hide";
}

/*
 * The project is a linked work tree or a submodule: its git folder, elsewhere on
 * the host, is bound where it is. Inside, .git names it by that path, and a
 * submodule's configuration names /workspace.
 */
static void
guard_outer(struct guards *g, struct plan *p, const struct gitdir_link *l)
{
	const char *dir = l->main != NULL ? l->main : l->dir;
	char *text, *dest, buf[65536];
	int root;
	ssize_t n;

	(void)mount_add(&p->mounts, MOUNT_RW, dir, dir, "git");
	root = add_root(g, p, dir, dir, ".git/");
	if (!gitdir_is(g->roots.v[root].fd, ""))
		errx(WX_CHAIN, "cannot use '%s': it is no git folder", dir);
	guard_git_dir(g, p, root, "");
	text = xprintf("gitdir: %s\n", l->dir);
	cover(g, WORKSPACE "/.git", text);
	free(text);
	if (l->main != NULL)
		return;
	n = beneath_read(g->roots.v[root].fd, "config", buf, sizeof(buf));
	if (n == -1)
		err(WX_CHAIN, "cannot read '%s/config'", dir);
	text = xprintf("%s\n[core]\n\tworktree = " WORKSPACE "\n", buf);
	dest = xprintf("%s/config", dir);
	cover(g, dest, text);
	free(dest);
	free(text);
}

static void
guard_git(struct guards *g, struct plan *p)
{
	struct gitdir_link link;
	const char *bad;
	struct stat st;
	int fd = g->roots.v[0].fd;

	if (gitdir_is(fd, ""))       /* a bare repository */
		guard_git_dir(g, p, 0, "");
	if (!released(g, p, 0, ".git") && !look(g, 0, ".git", &st))
		return;
	g->had_git = true;
	if (released(g, p, 0, ".git"))
		return;
	if (S_ISDIR(st.st_mode)) {
		if (gitdir_is(fd, ".git"))
			guard_git_dir(g, p, 0, ".git");
		return;
	}
	bad = gitdir_follow(fd, p->project, &link);
	if (bad != NULL)
		errx(WX_CHAIN, "cannot use '%s/.git': it %s", p->project, bad);
	add_guard(g, 0, ".git", GUARD_RO, &st);
	if (!path_within(link.dir, p->project))
		guard_outer(g, p, &link);
	else if (strlen(link.dir) > strlen(p->project))
		guard_git_dir(g, p, 0, link.dir + strlen(p->project) + 1);
}

/* ---- the work tree ---- */

static void
guard_tree(struct guards *g, struct plan *p)
{
	struct words found = { 0 };
	const char *const *d;
	char *clean;
	size_t i;

	for (d = guard_defaults; *d != NULL; d++)
		guard_glob(g->roots.v[0].fd, *d, &found);
	for (i = 0; i < p->protect.n; i++) {
		clean = path_clean("/", p->protect.v[i]);
		if (strcmp(clean, "/") == 0)
			errx(WX_CHAIN, "cannot protect '%s': that is all of the project",
			    p->protect.v[i]);
		guard_glob(g->roots.v[0].fd, clean + 1, &found);
		if (strpbrk(clean, "*?[") == NULL)
			words_add(&g->watch, clean + 1);
		free(clean);
	}
	for (i = 0; i < found.n; i++)
		(void)protect(g, p, 0, found.v[i]);
	if (p->git.hooks != NULL) {
		clean = in_project(p, p->project, p->git.hooks);
		if (*clean != '\0' && !protect(g, p, 0, clean))
			words_add(&g->watch, clean);
		free(clean);
	}
}

/* Hidden: an empty file, or an empty read-only folder, in its place. */
static void
hide(struct guards *g, const struct plan *p)
{
	struct words found = { 0 };
	struct stat st;
	char *dest, *clean, *empty = xprintf("%s/empty", p->run_dir);
	size_t i;

	for (i = 0; i < p->hide.n; i++) {
		clean = path_clean("/", p->hide.v[i]);
		if (strcmp(clean, "/") != 0)
			guard_glob(g->roots.v[0].fd, clean + 1, &found);
		free(clean);
	}
	for (i = 0; i < found.n; i++) {
		if (strcmp(found.v[i], ".git") == 0 || !look(g, 0, found.v[i], &st))
			continue;
		dest = xprintf("%s/%s", WORKSPACE, found.v[i]);
		if (S_ISDIR(st.st_mode))
			(void)mount_add(&g->covers, MOUNT_RO, empty, dest, "hide");
		else
			cover(g, dest, "");
		free(dest);
	}
	free(empty);
}

/* By root, then path part by part: what is above comes first. */
static int
by_path(const void *a, const void *b)
{
	const struct guard *x = a, *y = b;
	const unsigned char *s = (const unsigned char *)x->rel, *t = (const unsigned char *)y->rel;

	if (x->root != y->root)
		return x->root - y->root;
	for (; *s != '\0' && *s == *t; s++, t++)
		;
	return (*s == '/' ? 1 : *s) - (*t == '/' ? 1 : *t);
}

static void
clean_unprotect(struct plan *p)
{
	char *clean;
	size_t i;

	for (i = 0; i < p->unprotect.n; i++) {
		clean = path_clean("/", p->unprotect.v[i]);
		free(p->unprotect.v[i]);
		p->unprotect.v[i] = xstrdup(clean[1] == '\0' ? "." : clean + 1);
		free(clean);
	}
}

void
guard_find(struct guards *g, struct plan *p)
{
	*g = (struct guards){ 0 };
	clean_unprotect(p);
	(void)add_root(g, p, p->project, WORKSPACE, "");
	guard_git(g, p);
	guard_tree(g, p);
	qsort(g->list.v, g->list.n, sizeof(*g->list.v), by_path);
}

void
guard_mounts(struct guards *g, struct plan *p)
{
	const struct guard *gd;
	const struct guard_root *r;
	struct mount *m;
	char *src, *dest;
	size_t i, k;

	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		r = &g->roots.v[gd->root];
		src = xprintf("%s/%s", r->host, gd->rel);
		dest = xprintf("%s/%s", r->dest, gd->rel);
		m = mount_add(&p->mounts, gd->kind == GUARD_RO ? MOUNT_RO : MOUNT_RW, src, dest,
		    gd->absent ? "placeholder" : gd->kind == GUARD_RO ? "protected" : "anchor");
		m->dev = gd->dev;
		m->ino = gd->ino;
		free(src);
		free(dest);
	}
	hide(g, p);
	for (i = 0; i < g->covers.n; i++) {
		/* What is covered is not to be found there any more. */
		for (k = 0; k < p->mounts.n; k++)
			if (path_within(p->mounts.v[k].dest, g->covers.v[i].dest))
				p->mounts.v[k].ino = 0;
		mount_copy(&p->mounts, &g->covers.v[i]);
	}
}

/* ---- placeholders, and their journal ---- */

/*
 * The journal: records of NUL-ended fields. "I", root, path: about to be made.
 * "M", root, path, dev, ino: made. A crash between the two leaves an "I" alone;
 * what is there then goes only if it is as empty as ours are.
 */
static char *
journal_path(const struct plan *p)
{
	return xprintf("%s/journal", p->run_dir);
}

static void
journal_write(const struct plan *p, const char *record, size_t len)
{
	char *path = journal_path(p);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1 || wx_write_all(fd, record, len) == -1 || close(fd) == -1)
		err(WX_CHAIN, "cannot write '%s'", path);
	free(path);
}

/* All the records of one KIND in one write. */
static void
journal_all(const struct guards *g, const struct plan *p, char kind)
{
	char *text = NULL;
	size_t len = 0, i;
	FILE *fp = open_memstream(&text, &len);
	const struct guard *gd;

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		if (!gd->absent)
			continue;
		(void)fprintf(fp, "%c%c%s%c%s%c", kind, '\0', g->roots.v[gd->root].host, '\0',
		    gd->rel, '\0');
		if (kind == 'M')
			(void)fprintf(fp, "%ju%c%ju%c", (uintmax_t)gd->dev, '\0',
			    (uintmax_t)gd->ino, '\0');
	}
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	if (len > 0)
		journal_write(p, text, len);
	free(text);
}

static void
make_placeholder(const struct guards *g, struct guard *gd)
{
	const char *name;
	char *said = label(g, gd->root, gd->rel);
	int dir = beneath_parent(g->roots.v[gd->root].fd, gd->rel, &name), fd = -1;
	struct stat st;

	if (dir == -1)
		err(WX_CHAIN, "cannot protect '%s'", said);
	if (gd->dir) {
		if (mkdirat(dir, name, 0755) == -1 && errno != EEXIST)
			err(WX_CHAIN, "cannot protect '%s': cannot make it", said);
	} else {
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd == -1 && errno != EEXIST)
			err(WX_CHAIN, "cannot protect '%s': cannot make it", said);
		if (fd != -1 && wx_write_all(fd, gd->content, strlen(gd->content)) == -1)
			err(WX_CHAIN, "cannot protect '%s': cannot write it", said);
	}
	/* Made meanwhile by somebody else: theirs, and guarded as what it is. */
	if (fd == -1 && !gd->dir)
		gd->absent = false;
	if (beneath_stat(g->roots.v[gd->root].fd, gd->rel, &st) == -1)
		err(WX_CHAIN, "cannot protect '%s'", said);
	gd->dev = st.st_dev;
	gd->ino = st.st_ino;
	if (fd != -1)
		(void)close(fd);
	(void)close(dir);
	free(said);
}

void
guard_make(struct guards *g, const struct plan *p)
{
	char *empty = xprintf("%s/empty", p->run_dir);
	size_t i;

	if (p->hide.n > 0 && mkdir(empty, 0555) == -1 && errno != EEXIST)
		err(WX_CHAIN, "cannot make '%s'", empty);
	free(empty);
	journal_all(g, p, 'I');
	for (i = 0; i < g->list.n; i++)
		if (g->list.v[i].absent)
			make_placeholder(g, &g->list.v[i]);
	journal_all(g, p, 'M');
}

/* Remove REL below the folder ROOT if it is what DEV and INO say; 0, 0: if it is
 * as empty as a placeholder. */
static void
remove_placeholder(const char *root, const char *rel, dev_t dev, ino_t ino)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), dir;
	const char *name;
	struct stat st;
	char buf[8];
	ssize_t n;

	if (fd == -1)
		return;
	if (beneath_stat(fd, rel, &st) == 0 &&
	    (ino == 0 || (st.st_dev == dev && st.st_ino == ino)) &&
	    (dir = beneath_parent(fd, rel, &name)) != -1) {
		n = S_ISREG(st.st_mode) ? beneath_read(fd, rel, buf, sizeof(buf)) : -1;
		if (S_ISDIR(st.st_mode))
			(void)unlinkat(dir, name, AT_REMOVEDIR);
		else if (n == 0 || (n == 2 && memcmp(buf, ".\n", 2) == 0))
			(void)unlinkat(dir, name, 0);
		(void)close(dir);
	}
	(void)close(fd);
}

void
guard_sweep(const struct plan *p)
{
	char *path = journal_path(p), *field[5], *next, *end;
	const size_t cap = 1 << 20;
	char *buf = malloc(cap + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), i, want;
	ssize_t n;

	if (fd == -1 || buf == NULL) {
		free(buf);
		free(path);
		return;
	}
	n = wx_read_all(fd, buf, cap);
	(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	end = buf + (n > 0 ? n : 0);
	for (next = buf; next < end;) {
		want = *next == 'M' ? 5 : 3;
		for (i = 0; i < want && next < end; i++) {
			field[i] = next;
			next += strlen(next) + 1;
		}
		if (i == 5)
			remove_placeholder(field[1], field[2], (dev_t)strtoumax(field[3], NULL, 10),
			    (ino_t)strtoumax(field[4], NULL, 10));
		else if (i == 3 && *field[0] == 'I')
			remove_placeholder(field[1], field[2], 0, 0);
	}
	(void)unlink(path);
	free(buf);
	free(path);
}

/*
 * A config.lock that git inside left (its rename onto the read-only file failed)
 * would keep the host's git config from its work. Only one that stays: the
 * host's own lives for a moment.
 */
void
guard_sweep_locks(const struct guards *g)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	struct stat st, again;
	const char *name;
	char *path;
	size_t i;
	int root, dir;

	for (i = 0; i < g->git_dirs.n; i++) {
		root = (int)strtol(g->git_dirs.v[i], &path, 10);
		path = join(path + 1, "config.lock");
		if (beneath_stat(g->roots.v[root].fd, path, &st) == 0) {
			(void)nanosleep(&moment, NULL);
			dir = beneath_parent(g->roots.v[root].fd, path, &name);
			if (dir != -1 && beneath_stat(g->roots.v[root].fd, path, &again) == 0 &&
			    again.st_ino == st.st_ino && again.st_mtime == st.st_mtime)
				(void)unlinkat(dir, name, 0);
			if (dir != -1)
				(void)close(dir);
		}
		free(path);
	}
}
