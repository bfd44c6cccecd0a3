/* SPDX-License-Identifier: MIT */
#include "others.h"

#include <sys/stat.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "kinds/kinds.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"
#include "tree.h"

/* A guard of ROOT is of no use where the same is to be written by another mount. */
static void
refuse_second_way(const struct guards *g, const struct plan *p, int root)
{
	const struct guard_root *r = &g->roots.v[root];
	const struct mount *m;
	char *path;
	size_t i, k;

	for (i = 0; i < g->list.n; i++) {
		path = path_clean(r->host, g->list.v[i].rel);
		for (k = 0; k < p->mounts.n && g->list.v[i].root == root; k++) {
			m = &p->mounts.v[k];
			if (m->kind == MOUNT_RW && strcmp(m->dest, r->dest) != 0 &&
			    path_within(path, m->src))
				errx(WX_CHAIN, "cannot mount '%s' writable twice: it would go round the "
				    "protection of '%s'; mount it once, or read-only", m->src,
				    escaped(path));
		}
		free(path);
	}
}

/* The git directory, on the host, in the place of which it has the run's own, or NULL. Dies if that is the project's. */
static const char *
own_git(const struct plan *p, const struct guard_root *r)
{
	const struct plan *side;
	bool yes;
	size_t i;

	for (i = 0; i < p->sides.n; i++) {
		side = &p->sides.v[i];
		yes = side->repo.top != NULL && strcmp(side->at, r->dest) == 0;
		if (yes)
			return side->repo.common;
		if (side->git_dest != NULL && path_within(side->git_dest, r->dest) &&
		    strcmp(side->repo.common, side->git_dest) == 0)
			errx(WX_CHAIN, "cannot mount '%s' writable on '%s': '%s' is a work tree of it, and has its git "
			    "directory there; mount it read-only, or elsewhere", r->host, r->dest, side->project);
	}
	return NULL;
}

/* The host's git directory, which that covers, is not to be reached by another mount. */
static void
refuse_way_to_git(const struct plan *p, const struct guard_root *r, const char *git)
{
	const struct mount *m;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_RW && strcmp(m->dest, r->dest) != 0 &&
		    (path_within(git, m->src) || path_within(m->src, git)))
			errx(WX_CHAIN, "cannot mount '%s' writable twice: it would go round the run's own git directory "
			    "in '%s'; mount it once, or read-only", m->src, r->dest);
	}
}

/* A repository in ROOT: it has a git directory of the run's own, or the sandbox gets to see it, and that is all. */
static void
guard_repository(struct guards *g, struct plan *p, int root)
{
	struct guard_root *r = &g->roots.v[root];
	const char *git = own_git(p, r);
	struct stat st;
	size_t n;

	if (wx_beneath_stat(r->fd, "HEAD", &st) == 0 && wx_beneath_stat(r->fd, "objects", &st) == 0 &&
	    wx_beneath_stat(r->fd, "refs", &st) == 0)
		errx(WX_CHAIN, "cannot mount '%s' writable: it is a git repository, and what is in "
		    "it the host's git would act upon; mount it read-only", r->host);
	r->git = git != NULL;
	if (r->git) {
		refuse_way_to_git(p, r, git);
		return;
	}
	n = g->list.n;
	if (guard_protect(g, p, root, ".git") && g->list.n > n)
		warnx("'%s/.git' is read-only inside: in '%s' nothing can be committed", r->host, r->dest);
}

/* And those further down. */
static void
guard_nested(struct guards *g, struct plan *p, int root)
{
	const struct guard_root *r = &g->roots.v[root];
	struct strv found = { 0 };
	size_t i;

	g->roots.v[root].known = known_look(r->fd, NULL, &found);
	for (i = 0; i < found.n; i++)
		if (strcmp(found.v[i], ".") != 0 && strcmp(found.v[i], ".git") != 0)
			nested_protect(g, p, root, found.v[i]);
	if (!known_all(r->known))
		warnx("nested repositories of '%s' were looked for in the first %zu directories only: those further "
		    "down are not protected", r->host, known_count(r->known));
}

void
others_find(struct guards *g, struct plan *p)
{
	struct strv patterns = { 0 }, found;
	const struct mount *m;
	struct stat st;
	char *name;
	size_t i, k;
	int root;

	for (i = 0; guard_kinds[i].pattern != NULL; i++)
		strv_add(&patterns, guard_kinds[i].pattern);
	for (i = 0; i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind != MOUNT_RW || strcmp(m->why, "mount") != 0 ||
		    stat(m->src, &st) == -1 || !S_ISDIR(st.st_mode))
			continue;
		name = xprintf("%s/", m->dest + 1);
		root = guard_root(g, m->src, m->dest, name);
		g->roots.v[root].tree = true;
		free(name);
		guard_repository(g, p, root);
		nested_named(g, p, root, ".git", "");
		guard_nested(g, p, root);
		found = (struct strv){ 0 };
		glob_paths(g->roots.v[root].fd, &patterns, &found);
		for (k = 0; k < found.n; k++)
			(void)guard_protect(g, p, root, found.v[k]);
		refuse_second_way(g, p, root);
	}
}
