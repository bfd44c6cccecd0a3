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

#include "hide.h"
#include "kinds/kinds.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/beneath.h"
#include "libcommon/tool/path.h"
#include "links.h"
#include "others.h"
#include "tree.h"

#define GUARDS_MAX    4000    /* each is a mount */

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
	char *raw = label(g, root, rel), *out = escaped(raw);

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

static void
add_guard(struct guards *g, int root, const char *rel, enum guard_kind kind,
    const struct stat *st)
{
	struct guard *have = find_guard(g, root, rel);

	if (have == NULL) {
		guard_anchors(g, root, rel);
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

void
guard_anchors(struct guards *g, int root, const char *rel)
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

int
guard_root(struct guards *g, const char *host, const char *dest, const char *name)
{
	struct guard_root *r;

	if (g->roots.n == g->roots.cap)
		g->roots.v = xgrow(g->roots.v, &g->roots.cap, sizeof(*g->roots.v));
	r = &g->roots.v[g->roots.n++];
	*r = (struct guard_root){ .host = xstrdup(host), .dest = xstrdup(dest), .label = xstrdup(name),
	    .fd = wx_top_open(host, O_DIRECTORY | O_NOFOLLOW) };
	if (r->fd == -1)
		err(WX_CHAIN, "cannot open '%s'", host);
	return (int)g->roots.n - 1;
}

/* ---- git ---- */

/* What git's settings on the host name of the work tree: the directory of hooks, more settings,
 * programs. What is not there is looked for afterwards; not a word that may be no path. */
static void
guard_named(struct guards *g, const struct plan *p)
{
	const char *word;
	size_t i;

	for (i = 0; i < p->git_named.n; i++) {
		word = p->git_named.v[i];
		if (*word != 'f' || access(word + 1, F_OK) == 0)
			guard_protect_named(g, p, word + 1);
	}
}

/*
 * .git of the project: the run's own lies over it (private/private.h), and a .git file is covered. With
 * --git none it is covered as well; what is no repository to us is not to become one inside.
 */
static void
guard_git(struct guards *g, const struct plan *p)
{
	struct stat st;

	g->had_git = wx_beneath_stat(g->roots.v[0].fd, ".git", &st) == 0 || errno == ELOOP;
	if (!g->had_git || p->repo.top != NULL)
		return;
	if (p->no_git && guard_look(g, 0, ".git", &st))
		guard_hide(g, p, ".git", &st);
	else
		(void)protect(g, p, 0, ".git");
}

/* ---- the work tree ---- */

static void
guard_tree(struct guards *g, struct plan *p)
{
	struct strv patterns = { 0 }, found = { 0 };
	char *clean;
	size_t i;

	for (i = 0; guard_kinds[i].pattern != NULL; i++)
		strv_add(&patterns, guard_kinds[i].pattern);
	for (i = 0; i < p->protect.n; i++) {
		clean = path_clean("/", p->protect.v[i]);
		if (strcmp(clean, "/") == 0)
			errx(WX_CHAIN, "cannot protect '%s': that is all of the project",
			    p->protect.v[i]);
		strv_add(&patterns, clean + 1);
		if (strpbrk(clean, "*?[") == NULL)
			strv_add(&g->watch, clean + 1);
		free(clean);
	}
	tree_aliases(g, &patterns);
	glob_paths(g->roots.v[0].fd, &patterns, &found);
	for (i = 0; i < found.n; i++)
		(void)protect(g, p, 0, found.v[i]);
	tree_find(g, p);
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
	refuse_overlap(p, p->project);
	(void)guard_root(g, p->project, p->at, "");
	guard_git(g, p);
	guard_tree(g, p);
	guard_named(g, p);
	others_find(g, p);
	hide_find(g, p);
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
			if (m->ino != 0 && (m->dev != st.st_dev || m->ino != st.st_ino))
				errx(WX_CHAIN, "cannot mount '%s': it was changed just now; try again",
				    escaped(m->src));
			m->dev = st.st_dev;
			m->ino = st.st_ino;
		}
	}
}

/* And what else the engine binds by its path. */
static void
note_sources(struct plan *p)
{
	struct mount *m;
	struct stat st;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if ((m->kind != MOUNT_RO && m->kind != MOUNT_RW) || m->ino != 0 || m->late ||
		    stat(m->src, &st) == -1)
			continue;
		m->dev = st.st_dev;
		m->ino = st.st_ino;
	}
}

/* Is DEST covered, or in what is? */
static bool
covered(const struct guards *g, const char *dest)
{
	return mount_above(&g->covers, g->covers.n, dest) != NULL;
}

static void
mount_guard(const struct guards *g, struct guard *gd, struct plan *p)
{
	const struct guard_root *r = &g->roots.v[gd->root];
	char *src = xprintf("%s/%s", r->host, gd->rel), *dest = xprintf("%s/%s", r->dest, gd->rel);
	struct mount *m;

	gd->open = p->engine->files != NULL && !gd->dir;
	if (!gd->open && !covered(g, dest)) {
		m = mount_add(&p->mounts, gd->kind == GUARD_RO ? MOUNT_RO : MOUNT_RW, src, dest,
		    gd->kind == GUARD_RO ? "protected" : "anchor");
		m->dev = gd->dev;
		m->ino = gd->ino;
		m->late = !p->engine->machine;
	}
	free(src);
	free(dest);
}

void
guard_mounts(struct guards *g, struct plan *p)
{
	size_t i;

	verify_roots(g, p);
	note_sources(p);
	for (i = 0; i < g->list.n; i++)
		mount_guard(g, &g->list.v[i], p);
	for (i = 0; i < g->covers.n; i++) {
		if (p->engine->files != NULL && g->covers.v[i].kind == MOUNT_FILE)
			errx(WX_CHAIN, "engine '%s' mounts no single file, so it cannot cover "
			    "'%s': hide the folder that it is in, or move it", p->engine->name, escaped(g->covers.v[i].dest));
		g->covers.v[i].late = !p->engine->machine;
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
		if (first == NULL)
			first = &g->list.v[i];
	}
	if (first != NULL)
		warnx("engine 'container' mounts no single files: %zu protected, such as "
		    "'%s%s', can be changed until the end of the run, when they are put back; "
		    "let nothing on the host act upon them before", n,
		    g->roots.v[first->root].label, escaped(first->rel));
}
