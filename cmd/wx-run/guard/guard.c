/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "git/gitdir.h"
#include "glob.h"
#include "hide.h"
#include "kinds.h"
#include "links.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "placeholder.h"
#include "tree.h"

#define MODULES_DEPTH 8
#define INCLUDES_MAX  16
#define GIT_DIRS_MAX  256     /* work trees and submodules of one repository */
#define GUARDS_MAX    4000    /* each is a mount */
static char *
join(const char *dir, const char *name)
{
	return *dir == '\0' ? xstrdup(name) : xprintf("%s/%s", dir, name);
}
/* ---- the list ---- */

/* REL of ROOT, as the user would say it. */
static char *
label(const struct guards *g, int root, const char *rel)
{
	return xprintf("%s%s", g->roots.v[root].label, rel);
}

/* The same for a message. */
static char *
said(const struct guards *g, int root, const char *rel)
{
	char *raw = label(g, root, rel), *out = shown(raw);

	free(raw);
	return out;
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

	if (g->list.n == GUARDS_MAX)
		errx(WX_CHAIN, "more than %d paths are to be protected, the last of them '%s'; "
		    "remove some, or leave a folder unprotected with -u", GUARDS_MAX,
		    said(g, root, rel));
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
	char *name = said(g, root, link == NULL ? rel : link);

	errx(WX_CHAIN, "cannot protect '%s': it is a symbolic link; replace it by what it "
	    "leads to, or leave it unprotected with -u '%s'", name, name);
}

/* Stat REL for a guard: false if it is not there; dies if it cannot be guarded. */
bool
guard_look(const struct guards *g, int root, const char *rel, struct stat *st)
{
	char *name;

	if (wx_beneath_stat(g->roots.v[root].fd, rel, st) == -1) {
		if (errno == ENOENT || errno == ENOTDIR)
			return false;
		if (errno == ELOOP)
			refuse_link(g, root, rel);
		name = said(g, root, rel);
		err(WX_CHAIN, "cannot look at '%s'", name);
	}
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return true;
	name = said(g, root, rel);
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
		if (guard_look(g, root, dir, &st))
			add_guard(g, root, dir, GUARD_ANCHOR, &st);
	}
	free(dir);
}

/* Protect REL if it is there; a symbolic link is what it leads to. */
static bool
protect(struct guards *g, const struct plan *p, int root, const char *rel)
{
	struct stat st;

	if (released(g, p, root, rel))
		return true;
	/* git's own directory is not the agent's to make links in. */
	if (root == 0 && !path_within(rel, ".git") && links_on_the_way(g, root, rel)) {
		guard_protect_target(g, p, root, rel);
		return true;
	}
	if (!guard_look(g, root, rel, &st))
		return false;
	add_guard(g, root, rel, GUARD_RO, &st);
	return true;
}

bool
guard_protect(struct guards *g, const struct plan *p, int root, const char *rel)
{
	return protect(g, p, root, rel);
}

/*
 * Protect REL, by a placeholder where it is absent. CONTENT NULL: a folder, and if
 * one above it is absent too, then that.
 */
static void
protect_or_place(struct guards *g, const struct plan *p, int root, const char *rel,
    const char *content)
{
	char *parent = xprintf("%.*s", (int)(strrchr(rel, '/') == NULL ? 0 :
	    strrchr(rel, '/') - rel), rel);
	struct guard *new;
	struct stat st;

	if (*parent != '\0' && !guard_look(g, root, parent, &st)) {
		if (!released(g, p, root, rel))
			protect_or_place(g, p, root, parent, NULL);
		free(parent);
		return;
	}
	/* Before the look: what is there may be the placeholder of a run that ends now. */
	if (g->hold)
		placeholder_hold(g, root, parent);
	free(parent);
	if (protect(g, p, root, rel) || find_guard(g, root, rel) != NULL)
		return;
	add_anchors(g, root, rel);
	new = append(g, root, rel, GUARD_RO);
	new->absent = true;
	new->content = content;
	new->dir = content == NULL;
}

/* ---- git ---- */

/* Where NAME leads that a configuration names, by BASE: the root that it is in, and
 * in *REL its path there. -1: elsewhere, or to a root or git's folder itself. */
static int
find_named(const struct guards *g, const struct plan *p, const char *base, const char *name,
    char **rel)
{
	const char *host;
	char *path;
	int i;

	if (*name == '~')
		path = xprintf("%s%s", p->host_home, name + strcspn(name, "/"));
	else
		path = path_clean(base, name);
	*rel = NULL;
	for (i = (int)g->roots.n - 1; i >= 0 && *rel == NULL; i--) {
		host = g->roots.v[i].host;
		if (path_within(path, host) && strcmp(path, host) != 0)
			*rel = xstrdup(path + strlen(host) + 1);
	}
	free(path);
	if (*rel != NULL && strcmp(*rel, ".git") != 0)
		return i + 1;
	free(*rel);
	*rel = NULL;
	return -1;
}

/* FILE speaks of the work tree whose top is TOP; see find_named. */
static void config_names(struct guards *g, const struct plan *p, const char *file,
    const char *top, int *left);

/* core.hooksPath of the work tree TOP leads to PATH: protected, there or not. git does
 * not add a folder that is empty. */
static void
guard_hooks(struct guards *g, const struct plan *p, const char *top, const char *path)
{
	char *rel;
	int root = find_named(g, p, top, path, &rel);

	if (root != -1)
		protect_or_place(g, p, root, rel, NULL);
	free(rel);
}

/* REL is included by a configuration. An empty one in its place would be committed. */
static void
guard_include(struct guards *g, const struct plan *p, int root, const char *rel,
    const char *top, int *left)
{
	char *path, *name;

	if (find_guard(g, root, rel) != NULL)
		return;
	name = said(g, root, rel);
	if (!protect(g, p, root, rel))
		errx(WX_CHAIN, "cannot protect '%s': git's configuration includes it, and it is "
		    "not there; make it (touch), or leave it unprotected with -u '%s'", name, name);
	free(name);
	path = xprintf("%s/%s", g->roots.v[root].host, rel);
	config_names(g, p, path, top, left);
	free(path);
}

/* One word of gitdir_config: protect what it names, if that can be written inside. */
static void
named_by_config(struct guards *g, const struct plan *p, const char *file, const char *top,
    const char *word, int *left)
{
	char *dir, *rel;
	int root;

	if (*word == 'h') {
		guard_hooks(g, p, top, word + 1);
		return;
	}
	/* An include is relative to its file, all else to the top of the tree. */
	dir = xprintf("%.*s", (int)(strrchr(file, '/') - file), file);
	root = find_named(g, p, *word == 'i' ? dir : top, word + 1, &rel);
	if (root != -1 && *word == 'i')
		guard_include(g, p, root, rel, top, left);
	else if (root != -1 && find_guard(g, root, rel) == NULL && !protect(g, p, root, rel) &&
	    root == 0 && strchr(word, '/') != NULL)
		words_add(&g->watch, rel);
	free(rel);
	free(dir);
}

static void
config_names(struct guards *g, const struct plan *p, const char *file, const char *top,
    int *left)
{
	struct words names = { 0 };
	const char *bad;
	size_t i;

	if (--*left < 0)
		errx(WX_CHAIN, "cannot protect what git's configuration names: more than %d files "
		    "are included, the last of them '%s'", INCLUDES_MAX, shown(file));
	bad = gitdir_config(file, &names);
	if (bad != NULL)
		errx(WX_CHAIN, "cannot protect what '%s' names: it %s", shown(file), bad);
	for (i = 0; i < names.n; i++)
		named_by_config(g, p, file, top, names.v[i], left);
}

/* Note DIR as a git folder, with its work tree in the project, or NULL. */
static void
note_git(struct guards *g, int root, const char *dir, const char *work)
{
	struct guard_git *new;

	if (g->git.n == GIT_DIRS_MAX)
		errx(WX_CHAIN, "cannot protect '%s': more than %d work trees and submodules; "
		    "git worktree prune may help", said(g, root, dir), GIT_DIRS_MAX);
	if (g->git.n == g->git.cap)
		g->git.v = xgrow(g->git.v, &g->git.cap, sizeof(*g->git.v));
	new = &g->git.v[g->git.n++];
	*new = (struct guard_git){ .root = root, .dir = xstrdup(dir),
	    .work = work == NULL ? NULL : xstrdup(work) };
}

/*
 * What the configuration of the git folder DIR names. A relative word counts from the
 * top of its work tree, and is nothing to us without one; a linked work tree has the
 * most of its configuration in the common folder.
 */
static void
guard_named(struct guards *g, const struct plan *p, int root, const char *dir,
    const char *work, bool linked)
{
	const char *host = g->roots.v[root].host;
	struct stat st;
	bool there = work != NULL && guard_look(g, 0, work, &st);
	char *top = there ? path_clean(p->project, work) : xstrdup("/");
	char *files[2], *file, *name;
	int left = INCLUDES_MAX;
	size_t i;

	files[0] = join(dir, linked ? "../../config" : "config");
	files[1] = join(dir, "config.worktree");
	for (i = linked && !there; i < 2; i++) {
		name = path_clean("/", files[i]);
		file = path_clean(host, files[i]);
		/* One that the sandbox may write can name anything tomorrow. */
		if (!released(g, p, root, name + 1))
			config_names(g, p, file, top, &left);
		free(file);
		free(name);
	}
	free(files[0]);
	free(files[1]);
	free(top);
}

/* What in one git folder decides what git runs, and where it looks for that. */
static void
guard_leaves(struct guards *g, const struct plan *p, int root, const char *dir,
    const char *work, bool linked)
{
	static const struct { const char *name, *content; bool common, old; } leaves[] = {
		{ "config", "", true, false }, { "config.worktree", "", false, false },
		/* git takes "." for the folder itself; /dev/null would end it. */
		{ "commondir", ".\n", false, false }, { "hooks", NULL, true, false },
		/* A remote can be described here as well (gitremote-helpers(7) and push
		 * to a local one run what its URL says). Nobody makes these folders any more;
		 * for git a file is as good as none (ENOTDIR), and costs the disk no block. */
		{ "remotes", "", true, true }, { "branches", "", true, true },
	};
	const char *content;
	char *path;
	size_t i;

	for (i = 0; i < sizeof(leaves) / sizeof(*leaves); i++) {
		/* A linked work tree has these in the common folder. */
		if (linked && leaves[i].common)
			continue;
		path = join(dir, leaves[i].name);
		/* Where only folders can be mounted, a folder will do. */
		content = leaves[i].old && p->engine == ENGINE_CONTAINER ? NULL : leaves[i].content;
		if (linked && strcmp(leaves[i].name, "commondir") == 0)
			(void)protect(g, p, root, path);
		else
			protect_or_place(g, p, root, path, content);
		free(path);
	}
	guard_named(g, p, root, dir, work, linked);
	note_git(g, root, dir, work);
}

static void guard_modules(struct guards *g, const struct plan *p, int root,
    const char *dir, int depth);

/* The file by which the work tree WORK of a git folder names that: it must not name
 * another. */
static void
guard_pointer(struct guards *g, const struct plan *p, const char *work)
{
	char *path = join(work, ".git");
	struct stat st;

	if (*work != '\0' && guard_look(g, 0, work, &st) && S_ISDIR(st.st_mode) &&
	    guard_look(g, 0, path, &st) && S_ISREG(st.st_mode))
		(void)protect(g, p, 0, path);
	free(path);
}

/* A submodule's git folder, in its place writable. */
static void
guard_module(struct guards *g, const struct plan *p, int root, const char *dir, int depth)
{
	char *host = xprintf("%s/%s", g->roots.v[root].host, dir), *tree, *work = NULL, *nested;

	tree = gitdir_work_tree(host);
	if (tree != NULL && path_within(tree, p->project) && strcmp(tree, p->project) != 0)
		work = xstrdup(tree + strlen(p->project) + 1);
	guard_leaves(g, p, root, dir, work, false);
	if (work != NULL)
		guard_pointer(g, p, work);
	nested = join(dir, "modules");
	guard_modules(g, p, root, nested, depth + 1);
	free(nested);
	free(work);
	free(tree);
	free(host);
}

/*
 * .git/modules: read-only as a whole, so that none is added, with each submodule's
 * git folder writable in it, and that one's leaves guarded in turn. One that is no
 * git folder just now stays read-only: it could be made one again.
 */
static void
guard_modules(struct guards *g, const struct plan *p, int root, const char *dir, int depth)
{
	struct words names = { 0 };
	struct stat st;
	size_t i;

	if (released(g, p, root, dir))
		return;
	protect_or_place(g, p, root, dir, NULL);
	if (!guard_look(g, root, dir, &st) || depth > MODULES_DEPTH)
		return;
	glob_names(g->roots.v[root].fd, dir, &names);
	for (i = 0; i < names.n; i++) {
		if (!guard_look(g, root, names.v[i], &st) || !S_ISDIR(st.st_mode))
			continue;
		if (!gitdir_is(g->roots.v[root].fd, names.v[i])) {
			guard_modules(g, p, root, names.v[i], depth + 1);
			continue;
		}
		add_guard(g, root, names.v[i], GUARD_ANCHOR, &st);
		guard_module(g, p, root, names.v[i], depth);
	}
}

/*
 * The linked work trees. One whose "gitdir" names the sandbox's own path was made in
 * a sandbox: no work tree of the host's leads to it.
 */
static void
guard_worktrees(struct guards *g, const struct plan *p, int root, const char *dir)
{
	struct words names = { 0 };
	struct stat st;
	char *path, *host, *tree, *work;
	size_t i;

	if (!guard_look(g, root, dir, &st))
		return;
	glob_names(g->roots.v[root].fd, dir, &names);
	for (i = 0; i < names.n; i++) {
		if (!guard_look(g, root, names.v[i], &st) || !S_ISDIR(st.st_mode))
			continue;
		host = xprintf("%s/%s", g->roots.v[root].host, names.v[i]);
		tree = gitdir_tree_of(host);
		free(host);
		if (tree != NULL && path_within(tree, WORKSPACE)) {
			free(tree);
			continue;
		}
		work = tree == NULL || !path_within(tree, p->project) ? NULL :
		    xstrdup(tree[strlen(p->project)] == '\0' ? "" : tree + strlen(p->project) + 1);
		guard_leaves(g, p, root, names.v[i], work, true);
		if (work != NULL)
			guard_pointer(g, p, work);
		path = join(names.v[i], "gitdir");
		(void)protect(g, p, root, path);
		free(path);
		/* Its tree is not where gitdir says, inside: to git worktree prune, and to
		 * git gc after three months, it is gone. */
		path = join(names.v[i], "locked");
		protect_or_place(g, p, root, path, "");
		free(path);
		free(work);
		free(tree);
	}
}

static void
guard_git_dir(struct guards *g, const struct plan *p, int root, const char *dir,
    const char *work)
{
	char *path;

	if (released(g, p, root, *dir == '\0' ? "." : dir))
		return;
	guard_leaves(g, p, root, dir, work, false);
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
	r->fd = wx_top_open(host, O_DIRECTORY | O_NOFOLLOW);
	if (r->fd == -1)
		err(WX_CHAIN, "cannot open '%s'", host);
	return (int)g->roots.n - 1;
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
	char *states = xprintf("%.*s", (int)(strrchr(p->state, '/') - p->state), p->state);
	int root;
	ssize_t n;

	/* Where it would be writable by a second name, or lie in the project inside. */
	if (path_within(dir, states) || path_within(dir, WORKSPACE))
		errx(WX_CHAIN, "cannot use '%s/.git': it points to '%s', which the sandbox can "
		    "write; move that", p->project, shown(dir));
	free(states);
	(void)mount_add(&p->mounts, MOUNT_RW, dir, dir, "git");
	root = add_root(g, p, dir, dir, ".git/");
	if (!gitdir_is(g->roots.v[root].fd, ""))
		errx(WX_CHAIN, "cannot use '%s': it is no git folder", shown(dir));
	/* Of a linked work tree, guard_worktrees finds which is ours. */
	guard_git_dir(g, p, root, "", l->main != NULL ? NULL : "");
	text = xprintf("gitdir: %s\n", l->dir);
	guard_cover(g, WORKSPACE "/.git", text);
	free(text);
	if (l->main != NULL)
		return;
	n = beneath_read(g->roots.v[root].fd, "config", buf, sizeof(buf));
	if (n == -1)
		err(WX_CHAIN, "cannot read '%s/config'", dir);
	text = xprintf("%s\n[core]\n\tworktree = " WORKSPACE "\n", buf);
	dest = xprintf("%s/config", dir);
	guard_cover(g, dest, text);
	free(dest);
	free(text);
}

/*
 * Is the project a bare repository? Not only by what it holds now: the sandbox can
 * take away HEAD, and put it back in its next run. It cannot change a config that
 * was protected.
 */
static bool
bare(int fd)
{
	char buf[65536];

	return gitdir_is(fd, "") || (beneath_read(fd, "config", buf, sizeof(buf)) > 0 &&
	    strcasestr(buf, "repositoryformatversion") != NULL);
}

/*
 * The project is a part of the work tree DIR: the git folder of that is not there
 * inside, but what its configuration names of the project is. False: DIR is none.
 */
static bool
guard_from_above(struct guards *g, const struct plan *p, const char *dir)
{
	char *dot = xprintf("%s/.git", dir), *file;
	const char *git = dot;
	struct gitdir_link link = { 0 };
	int left = INCLUDES_MAX, fd;
	struct stat st;
	bool there = lstat(dot, &st) == 0;

	if (there && S_ISREG(st.st_mode)) {
		fd = wx_top_open(dir, O_DIRECTORY);
		if (fd == -1 || gitdir_follow(fd, dir, &link) != NULL)
			git = NULL;
		else
			git = link.main != NULL ? link.main : link.dir;
		if (fd != -1)
			(void)close(fd);
	}
	if (there && git != NULL) {
		file = xprintf("%s/config", git);
		/* One that we cannot read is another user's, which git does not obey. */
		if (access(file, R_OK) == 0)
			config_names(g, p, file, dir, &left);
		free(file);
		if (p->git.hooks != NULL)
			guard_hooks(g, p, dir, p->git.hooks);
	}
	free(link.dir);
	free(link.main);
	free(dot);
	return there;
}

/* The nearest work tree above the project, if that has no .git of its own. */
static void
guard_above(struct guards *g, const struct plan *p)
{
	char *dir = xstrdup(p->project), *slash;

	do {
		slash = strrchr(dir, '/');
		*slash = '\0';
	} while (slash != dir && !guard_from_above(g, p, dir));
	free(dir);
}

static void
guard_git(struct guards *g, struct plan *p)
{
	struct gitdir_link link;
	const char *bad;
	struct stat st = { 0 };
	int fd = g->roots.v[0].fd;

	/* A bare one's hooks run in it. */
	if (bare(fd))
		guard_git_dir(g, p, 0, "", "");
	if (!released(g, p, 0, ".git") && !guard_look(g, 0, ".git", &st)) {
		guard_above(g, p);
		return;
	}
	g->had_git = true;
	if (released(g, p, 0, ".git"))
		return;
	if (S_ISDIR(st.st_mode)) {
		/* Even if it is no git folder just now: see bare(). */
		guard_git_dir(g, p, 0, ".git", "");
		return;
	}
	bad = gitdir_follow(fd, p->project, &link);
	if (bad != NULL)
		errx(WX_CHAIN, "cannot use '%s/.git': it %s", p->project, bad);
	add_guard(g, 0, ".git", GUARD_RO, &st);
	if (!path_within(link.dir, p->project))
		guard_outer(g, p, &link);
	else
		guard_git_dir(g, p, 0, link.dir[strlen(p->project)] == '\0' ? "" :
		    link.dir + strlen(p->project) + 1, "");
}

/* ---- the work tree ---- */

static void
guard_tree(struct guards *g, struct plan *p)
{
	struct words patterns = { 0 }, found = { 0 };
	struct stat st;
	char *clean;
	size_t i;

	for (i = 0; guard_kinds[i].pattern != NULL; i++)
		words_add(&patterns, guard_kinds[i].pattern);
	for (i = 0; i < p->protect.n; i++) {
		clean = path_clean("/", p->protect.v[i]);
		if (strcmp(clean, "/") == 0)
			errx(WX_CHAIN, "cannot protect '%s': that is all of the project",
			    p->protect.v[i]);
		words_add(&patterns, clean + 1);
		if (strpbrk(clean, "*?[") == NULL)
			words_add(&g->watch, clean + 1);
		free(clean);
	}
	tree_aliases(g, &patterns);
	glob_paths(g->roots.v[0].fd, &patterns, &found);
	for (i = 0; i < found.n; i++)
		(void)protect(g, p, 0, found.v[i]);
	tree_find(g, p);
	if (p->git.hooks == NULL)
		return;
	guard_hooks(g, p, p->project, p->git.hooks);
	for (i = 0; i < g->git.n; i++)
		if (g->git.v[i].work != NULL && guard_look(g, 0, g->git.v[i].work, &st)) {
			clean = path_clean(p->project, g->git.v[i].work);
			guard_hooks(g, p, clean, p->git.hooks);
			free(clean);
		}
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
guard_find(struct guards *g, struct plan *p, bool hold)
{
	*g = (struct guards){ .hold = hold, .unprotect = &p->unprotect };
	clean_unprotect(p);
	(void)add_root(g, p, p->project, WORKSPACE, "");
	guard_git(g, p);
	guard_tree(g, p);
	if (g->list.n > 1)
		qsort(g->list.v, g->list.n, sizeof(*g->list.v), by_path);
}

/* The roots themselves: by a path that somebody could have changed meanwhile, bwrap
 * mounts what it finds there. */
static void
verify_roots(const struct guards *g, struct plan *p)
{
	struct mount *m;
	struct stat st;
	size_t i, k;

	for (i = 0; i < g->roots.n; i++) {
		if (fstat(g->roots.v[i].fd, &st) == -1)
			err(WX_CHAIN, "cannot look at '%s'", g->roots.v[i].host);
		for (k = 0; k < p->mounts.n; k++) {
			m = &p->mounts.v[k];
			if (m->kind != MOUNT_RW || strcmp(m->dest, g->roots.v[i].dest) != 0)
				continue;
			m->dev = st.st_dev;
			m->ino = st.st_ino;
		}
	}
}

void
guard_mounts(struct guards *g, struct plan *p)
{
	const struct guard_root *r;
	struct guard *gd;
	struct mount *m;
	char *src, *dest;
	size_t i, k;

	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		/* Its --mount takes folders only. */
		gd->open = p->engine == ENGINE_CONTAINER && !gd->dir;
		if (gd->open)
			continue;
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
	verify_roots(g, p);
	hide_find(g, p);
	for (i = 0; i < g->covers.n; i++) {
		if (p->engine == ENGINE_CONTAINER && g->covers.v[i].kind == MOUNT_FILE)
			errx(WX_CHAIN, "engine 'container' mounts no single file, so it cannot cover "
			    "'%s': %s", shown(g->covers.v[i].dest),
			    strcmp(g->covers.v[i].dest, WORKSPACE "/.git") == 0 ?
			    "use the main work tree" : "hide the folder that it is in, or move it");
		/* What is covered is not to be found there any more. */
		for (k = 0; k < p->mounts.n; k++)
			if (path_within(p->mounts.v[k].dest, g->covers.v[i].dest))
				p->mounts.v[k].ino = 0;
		mount_copy(&p->mounts, &g->covers.v[i]);
	}
}

void
guard_say_open(const struct guards *g)
{
	const struct guard *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < g->list.n; i++) {
		if (!g->list.v[i].open)
			continue;
		n++;
		if (first == NULL || (first->absent && !g->list.v[i].absent))
			first = &g->list.v[i];
	}
	if (first != NULL)
		warnx("engine 'container' mounts no single files: %zu protected, such as "
		    "'%s%s', can be changed until the end of the run, when they are put back; "
		    "let nothing on the host act upon them before", n,
		    g->roots.v[first->root].label, shown(first->rel));
}

/* ---- a config.lock that was left ---- */

/*
 * git inside leaves it where it was killed; it would keep the host's git config from
 * its work. One of the host's git is written, or lives for a moment only.
 */
static void
sweep_lock(int dir, const char *name)
{
	const struct timespec moment = { .tv_nsec = 100000000 };
	struct timespec was, is;
	struct stat st, again;
	int fd = -1;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	(void)nanosleep(&moment, NULL);
	if (fstatat(dir, name, &again, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	was = wx_stat_ctime(&st);
	is = wx_stat_ctime(&again);
	if (again.st_ino != st.st_ino || is.tv_sec != was.tv_sec || is.tv_nsec != was.tv_nsec)
		return;
	if (S_ISREG(st.st_mode))
		fd = wx_beneath_open(dir, name, O_RDONLY | O_NONBLOCK);
	if (fd == -1 || !wx_file_busy(fd))
		(void)unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
	if (fd != -1)
		(void)close(fd);
}

void
guard_sweep_locks(const struct guards *g)
{
	const struct guard_git *d;
	size_t i;
	int fd;

	for (i = 0; i < g->git.n; i++) {
		d = &g->git.v[i];
		fd = wx_beneath_open(g->roots.v[d->root].fd, d->dir, O_RDONLY | O_DIRECTORY);
		if (fd == -1)
			continue;
		sweep_lock(fd, "config.lock");
		(void)close(fd);
	}
}
