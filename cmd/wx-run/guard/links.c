/* SPDX-License-Identifier: MIT */
#include "links.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"

#define HOPS_MAX 40   /* links, as the kernel has it */

bool
links_on_the_way(const struct guards *g, int root, const char *rel)
{
	struct stat st;

	return wx_beneath_stat(g->roots.v[root].fd, rel, &st) == -1 && errno == ELOOP;
}

/* The innermost root that PATH, of the host, lies in, or -1. */
static int
root_of(const struct guards *g, const char *path)
{
	int i, best = -1;

	for (i = 0; i < (int)g->roots.n; i++)
		if (path_within(path, g->roots.v[i].host) &&
		    (best == -1 || strlen(g->roots.v[i].host) > strlen(g->roots.v[best].host)))
			best = i;
	return best;
}

/* Is PATH above a root? Their paths are canonical, so there is no link on the way. */
static bool
above_root(const struct guards *g, const char *path)
{
	size_t i;

	for (i = 0; i < g->roots.n; i++)
		if (*path == '\0' || path_within(g->roots.v[i].host, path))
			return true;
	return false;
}

static void
step_back(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL)
		*slash = '\0';
}

/* One component of a path, the first of *AHEAD, onto DONE. False: it leads out. */
static bool
step(struct guards *g, char **done, char **ahead, int *hops)
{
	char *part = *ahead + strspn(*ahead, "/"), *name, *next, target[PATH_MAX];
	size_t n = strcspn(part, "/");
	ssize_t got = -1;
	int root;

	name = xprintf("%.*s", (int)n, part);
	next = strcmp(name, ".") == 0 || n == 0 ? xstrdup(*done) : xprintf("%s/%s", *done, name);
	if (strcmp(name, "..") == 0) {
		step_back(next);
		step_back(next);
	}
	root = root_of(g, next);
	if (root != -1 && strcmp(name, "..") != 0 && strcmp(next, *done) != 0)
		got = readlink(next, target, sizeof(target) - 1);
	if (got > 0) {
		target[got] = '\0';
		if (root == 0)
			strv_add(&g->watch, next + strlen(g->roots.v[0].host) + 1);
		free(next);
		next = xstrdup(*target == '/' ? "" : *done);
	}
	free(name);
	name = got > 0 ? xprintf("%s%s", target, part + n) : xstrdup(part + n);
	free(*ahead);
	*ahead = name;
	free(*done);
	*done = next;
	*hops += got > 0;
	return *hops <= HOPS_MAX && (root != -1 || above_root(g, next));
}

int
links_follow(struct guards *g, int root, const char *rel, char **end)
{
	char *done = xstrdup(g->roots.v[root].host), *ahead = xstrdup(rel);
	int hops = 0;
	bool in = true;

	while (in && ahead[strspn(ahead, "/")] != '\0')
		in = step(g, &done, &ahead, &hops);
	root = in ? root_of(g, done) : -1;
	if (root != -1)
		*end = xstrdup(done + strlen(g->roots.v[root].host) +
		    (done[strlen(g->roots.v[root].host)] == '/'));
	free(done);
	free(ahead);
	return root;
}

/* Is REL of ROOT its own git directory, or in it? That is another's to guard. */
static bool
in_own_git(const struct guards *g, int root, const char *rel)
{
	if (root != 0)
		return g->roots.v[root].git && path_within(rel, ".git");
	return path_within(rel, ".git") || (g->own_git != NULL && path_within(rel, g->own_git));
}

void
guard_protect_target(struct guards *g, const struct plan *p, int root, const char *rel)
{
	char *end;
	int in = links_follow(g, root, rel, &end);

	if (in == -1)
		return;
	/* Something may have made a link of it since: then it is only watched. */
	if (*end != '\0' && !in_own_git(g, in, end) &&
	    (links_on_the_way(g, in, end) || !guard_protect(g, p, in, end)) && in == 0)
		strv_add(&g->watch, end);
	free(end);
}

void
guard_protect_named(struct guards *g, const struct plan *p, const char *path)
{
	char *real = root_of(g, path) == -1 ? realpath(path, NULL) : NULL;
	const char *host, *name = real == NULL ? path : real;
	int root = root_of(g, name);

	if (root != -1) {
		host = g->roots.v[root].host;
		if (strcmp(name, host) != 0)
			guard_protect_target(g, p, root, name + strlen(host) + 1);
	}
	free(real);
}
