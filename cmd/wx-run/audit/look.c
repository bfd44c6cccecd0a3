/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "kinds/kinds.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"
#include "outward.h"

/* What git acts upon, of its directory. */
static const char *const acted[] = { "config", "config.worktree", "commondir", "gitdir",
	"hooks", NULL };

static const char enters[] = "the host's git reads its config when it enters this folder";

static bool
is_new(const struct place *at, const struct stat *st)
{
	struct timespec changed = wx_stat_ctime(st);

	return (at->flags & MOVED) != 0 || changed.tv_sec > at->since.tv_sec ||
	    (changed.tv_sec == at->since.tv_sec && changed.tv_nsec >= at->since.tv_nsec);
}

void
look_found(const struct look *l, const char *kind, const char *detail)
{
	const char *label = l->g->roots.v[l->root].label;
	char *path = xprintf("%s%s", label, *l->path == '\0' && *label == '\0' ? "." : l->path);

	report_add(l->r, kind, path, detail);
	free(path);
}

/* Was the path closed to the sandbox? The nearest guard says; the list is sorted. */
static bool
guarded(const struct look *l)
{
	const struct guard *gd;
	bool yes = false;
	size_t i;

	for (i = 0; i < l->g->list.n; i++) {
		gd = &l->g->list.v[i];
		if (gd->root == l->root && *gd->rel != '\0' && path_within(l->path, gd->rel))
			yes = gd->kind == GUARD_RO;
	}
	return yes;
}

bool
look_sealed(const struct look *l)
{
	const struct guard *gd;
	size_t i;

	if (!guarded(l))
		return false;
	for (i = 0; i < l->g->list.n; i++) {
		gd = &l->g->list.v[i];
		if (gd->root == l->root && gd->kind == GUARD_ANCHOR && path_within(gd->rel, l->path))
			return false;
	}
	return true;
}

/* Is the entry, ST, another than the repository that was guarded? The host can put one in its
 * place, and the mount is gone. (Of other guards, snapshot.h takes care.) */
static bool
replaced(const struct look *l, const struct stat *st)
{
	const struct guard *gd;
	size_t i;

	for (i = 0; i < l->g->list.n; i++) {
		gd = &l->g->list.v[i];
		if (gd->repository && gd->root == l->root && strcmp(gd->rel, l->path) == 0)
			return gd->dev != st->st_dev || gd->ino != st->st_ino;
	}
	return false;
}

/* Is nothing to be said, because the entry was as it is now when the run began? */
static bool
kept(const struct look *l, const struct place *at, const struct stat *st)
{
	return (at->flags & OLD) == 0 && guarded(l) && !replaced(l, st);
}

/* Did the user release the path? What happens there is as he wants it. */
static bool
released(const struct look *l)
{
	char *name = xprintf("%s%s", l->g->roots.v[l->root].label, l->path);
	bool yes = false;
	size_t i;

	for (i = 0; i < l->g->unprotect->n && !yes; i++)
		yes = path_within(name, l->g->unprotect->v[i]);
	free(name);
	return yes;
}

#define PARTS 3   /* components of a pattern, at the most */

/* Where the last component of PATH begins, the last two, and so on; NULL: there are not so many. */
static void
last_parts(const char *path, const char *at[static PARTS])
{
	const char *p = path + strlen(path);
	size_t i;

	for (i = 0; i < PARTS; i++) {
		while (p != NULL && p > path && p[-1] != '/')
			p--;
		at[i] = p;
		p = p == NULL || p == path ? NULL : p - 1;
	}
}

/* Is the link at PATH in the place of a directory of the pattern? */
static bool
in_the_way(const char *const at[static PARTS], const char *pattern)
{
	const char *slash;
	size_t i, n;

	for (i = 0, slash = strchr(pattern, '/'); slash != NULL && i < PARTS; i++, slash = strchr(slash + 1, '/')) {
		n = (size_t)(slash - pattern);
		if (at[i] != NULL && strlen(at[i]) == n && strncmp(at[i], pattern, n) == 0)
			return true;
	}
	return false;
}

const struct kind *
look_kind(const char *path, bool link, bool *whole)
{
	const char *at[PARTS], *p;
	const struct kind *k;
	size_t n;

	last_parts(path, at);
	for (k = guard_kinds; k->pattern != NULL; k++) {
		for (n = 0, p = k->pattern; *p != '\0'; p++)
			n += *p == '/';
		*whole = n == 0;
		/* No pattern begins with a wildcard: most need no fnmatch. */
		if (n < PARTS && at[n] != NULL && *k->pattern == *at[n] && fnmatch(k->pattern, at[n], FNM_PATHNAME) == 0)
			return k;
		if (link && in_the_way(at, k->pattern))
			return k;
	}
	return NULL;
}

/* The same of the entry, by each name that it has through a link (struct guard_alias). */
static const struct kind *
of_kind(const struct look *l, bool link)
{
	const struct kind *k;
	const char *real;
	bool whole;
	size_t i;
	char *path;

	k = look_kind(l->path, link, &whole);
	for (i = 0; l->root == 0 && i < l->g->aliases.n && k == NULL; i++) {
		real = l->g->aliases.v[i].real;
		if (!path_within(l->path, real))
			continue;
		path = xprintf("%s%s", l->g->aliases.v[i].name, l->path + strlen(real));
		k = look_kind(path, link, &whole);
		free(path);
	}
	return k;
}

/*
 * A ".git" in the tree. A commit changes the directory, and makes no new one of it: one that
 * is not new in its place was there.
 */
static void
look_at_git(const struct look *l, const struct place *at, const struct stat *st,
    struct place *next)
{
	bool top = strcmp(l->path, ".git") == 0;

	next->flags |= IN_GIT;
	if (!is_new(at, st) || kept(l, at, st))
		return;
	if (S_ISDIR(st->st_mode) && !top && (next->flags & MOVED) == 0)
		return;
	look_found(l, top ? "repository" : "nested-repository", enters);
	next->flags |= SAID;
}

/* Below a repository that was there before, and is not guarded: what its git would act upon. */
static void
look_into_git(const struct look *l, const struct place *at, const char *name,
    const struct stat *st)
{
	const char *const *a;
	size_t n = strlen(name);

	if ((at->flags & (SAID | NAMES_FREE)) != 0 || !is_new(at, st))
		return;
	if ((at->flags & HOOKS) != 0) {
		if (!(n > 7 && strcmp(name + n - 7, ".sample") == 0))
			look_found(l, "nested-repository", enters);
		return;
	}
	for (a = acted; *a != NULL; a++)
		if (strcmp(name, *a) == 0 && !S_ISDIR(st->st_mode))
			look_found(l, "nested-repository", enters);
}

/* An entry of the tree that is of a protected kind. */
static void
look_at_kind(const struct look *l, const struct place *at, const struct stat *st,
    struct place *next)
{
	bool fresh = is_new(at, st), dir = S_ISDIR(st->st_mode), watched;
	const struct kind *k = NULL;
	char *detail = NULL;

	if ((at->flags & IN_KIND) == 0 && (fresh || dir))
		k = of_kind(l, S_ISLNK(st->st_mode));
	watched = k == NULL && l->root == 0 && strv_has(&l->g->watch, l->path);
	next->flags |= (at->flags & IN_KIND) | (k != NULL || watched ? IN_KIND : 0);
	if ((next->flags & IN_KIND) == 0 || !fresh || ((at->flags & IN_KIND) != 0 && dir) ||
	    kept(l, at, st) || released(l))
		return;
	if (k != NULL)
		detail = xprintf("%s acts upon it %s", k->tool, k->when);
	look_found(l, "protected-kind", detail);
	free(detail);
}

/* Is the entry a directory of the user's PATH, or on the way to one? AT: in one. */
static bool
on_path(const struct guards *g, const char *path)
{
	size_t i;

	for (i = 0; i < g->on_path.n; i++)
		if (path_within(g->on_path.v[i], path))
			return true;
	return false;
}

static void
look_at_program(const struct look *l, const struct place *at, const struct stat *st)
{
	bool link = S_ISLNK(st->st_mode), fresh = is_new(at, st);
	struct stat end;

	if (l->root != 0)
		return;
	/* A link in the place of one of them, or on the way. */
	if (link && fresh && on_path(l->g, l->path)) {
		look_found(l, "path-program", "your PATH leads through it");
		return;
	}
	if (!strv_has(&l->g->on_path, at->path))
		return;
	/* A program can be a link to one in the tree, that was changed there. */
	if (link && !fresh && wx_beneath_end(l->g->roots.v[l->root].fd, l->path, &end) == 0) {
		fresh = is_new(at, &end);
		link = false;
		st = &end;
	}
	if (fresh && (link || (S_ISREG(st->st_mode) && (st->st_mode & 0111) != 0)) && !released(l))
		look_found(l, "path-program", "a command of this name on your PATH is this file");
}

/* Of what shells do with the files of make. It changes all day, so one word at the end. */
static void
look_at_makefile(const struct look *l, const struct place *at, const struct stat *st)
{
	if (l->root == 0 && *at->path == '\0' && kinds_is_makefile(l->path) && is_new(at, st) &&
	    !S_ISDIR(st->st_mode) && !kept(l, at, st) && !released(l))
		look_found(l, "completion", "make, and TAB behind it, run what it says");
}

/* The part of *NEXT that says where it is. */
static void
pass_on(const struct look *l, const struct place *at, const struct stat *st, const char *name,
    ino_t ino, struct place *next)
{
	*next = (struct place){ .since = at->since, .ino = ino, .flags = at->flags &
	    (IN_GIT | SAID | NAMES_FREE | MOVED | OLD) };
	if (!S_ISDIR(st->st_mode))
		return;
	if (is_new(at, st))
		next->flags |= CHANGED;
	/* git changes its own all the time; what is moved there comes with a change of both. */
	if ((at->flags & IN_GIT) != 0) {
		next->flags |= is_new(at, st) && (at->flags & CHANGED) != 0 ? MOVED : 0;
		return;
	}
	/* What was moved by an earlier run is known to be there by now. */
	if (!(known_has(l->g->roots.v[l->root].known, at->ino, ino, name) &&
	    ((at->flags & OLD) == 0 || !is_new(at, st))) &&
	    (known_all(l->g->roots.v[l->root].known) || is_new(at, st)))
		next->flags |= MOVED;
}

bool
look_at(const struct look *l, const struct place *at, int fd, const char *name, ino_t ino,
    struct place *next)
{
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	pass_on(l, at, &st, name, ino, next);
	if (is_new(at, &st) && S_ISREG(st.st_mode) && (st.st_mode & (S_ISUID | S_ISGID)) != 0)
		look_found(l, "set-uid", NULL);
	if (is_new(at, &st) && S_ISLNK(st.st_mode))
		outward_look(l, fd, name);
	if ((at->flags & IN_GIT) != 0) {
		look_into_git(l, at, name, &st);
		if (strcmp(name, "refs") == 0 || strcmp(name, "logs") == 0)
			next->flags |= NAMES_FREE;
		else if (strcmp(name, "hooks") == 0 && (at->flags & NAMES_FREE) == 0)
			next->flags |= HOOKS;
		if (strcmp(name, "objects") == 0)
			next->flags |= OBJECTS;
		/* Of objects only the directories are of interest: git gc removes and writes
		 * where they lead. */
		return S_ISDIR(st.st_mode) && (at->flags & OBJECTS) == 0;
	}
	if (strcmp(name, ".git") == 0) {
		look_at_git(l, at, &st, next);
		return S_ISDIR(st.st_mode);
	}
	look_at_kind(l, at, &st, next);
	if (!S_ISDIR(st.st_mode)) {
		look_at_program(l, at, &st);
		look_at_makefile(l, at, &st);
	}
	return S_ISDIR(st.st_mode);
}

/* Has any of NAMES in the directory FD changed? */
static bool
any_new(const struct place *at, int fd, const char *const *names)
{
	struct stat st;

	for (; *names != NULL; names++)
		if (fstatat(fd, *names, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_new(at, &st))
			return true;
	return false;
}

/* Or any of the hooks in it? There are few of them, or it is no directory of hooks. */
static bool
any_hook_new(const struct place *at, int fd)
{
	int hooks = wx_dir_open(fd, "hooks"), left = 1000;
	DIR *dir = hooks == -1 ? NULL : fdopendir(hooks);
	const char *name[2] = { NULL, NULL };
	struct dirent *e;
	bool yes = false;

	while (dir != NULL && !yes && (e = readdir(dir)) != NULL) {
		name[0] = e->d_name;
		yes = (strcmp(name[0], "..") != 0 && any_new(at, hooks, name)) || left-- == 0;
	}
	if (dir != NULL)
		(void)closedir(dir);
	else if (hooks != -1)
		(void)close(hooks);
	return yes;
}

#define PART_HEAD      1U
#define PART_OBJECTS   2U
#define PART_REFS      4U
#define PART_COMMONDIR 8U

unsigned
look_part(const char *name)
{
	return strcmp(name, "HEAD") == 0 ? PART_HEAD :
	    strcmp(name, "objects") == 0 ? PART_OBJECTS :
	    strcmp(name, "refs") == 0 ? PART_REFS :
	    strcmp(name, "commondir") == 0 ? PART_COMMONDIR : 0;
}

/* HEAD, objects and refs side by side: a repository without a tree, which git
 * enters as one. The latter two can be elsewhere, where commondir says. */
void
look_for_bare(const struct look *l, const struct place *at, int fd, unsigned parts)
{
	const unsigned own = PART_OBJECTS | PART_REFS;
	static const char *const names[] = { ".", "HEAD", "objects", "refs", "config",
	    "config.worktree", "commondir", "hooks", NULL };
	bool top = *at->path == '\0';
	struct stat st;

	if ((parts & PART_HEAD) != 0 && ((parts & own) == own || (parts & PART_COMMONDIR) != 0) &&
	    (at->flags & IN_GIT) == 0 && !(top && l->root == 0 && l->g->bare) &&
	    fstat(fd, &st) == 0 && !kept(l, at, &st) && (any_new(at, fd, names) || any_hook_new(at, fd)))
		look_found(l, top ? "repository" : "bare-repository", enters);
}

void
look_at_guards(struct look *l, const struct timespec *start)
{
	const struct place then = { .since = *start };
	const struct guard *gd;
	const char *name;
	struct stat st;
	size_t i, n;

	for (i = 0; i < l->g->list.n; i++) {
		gd = &l->g->list.v[i];
		n = strlen(gd->rel);
		if (gd->kind != GUARD_RO || n >= sizeof(l->path) ||
		    wx_beneath_stat(l->g->roots.v[gd->root].fd, gd->rel, &st) == -1 ||
		    !is_new(&then, &st))
			continue;
		l->root = gd->root;
		(void)snprintf(l->path, sizeof(l->path), "%s", gd->rel);
		name = strrchr(l->path, '/');
		look_found(l, strcmp(name == NULL ? l->path : name + 1, ".git") == 0 ?
		    "nested-repository" : "protected-kind", "changed since the run that was killed");
	}
	*l->path = '\0';
	l->root = 0;
}
