/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <err.h>
#include <stdlib.h>

#include "host/host.h"
#include "kinds/kinds.h"
#include "libcommon/tool/path.h"
#include "links.h"

static void
add_alias(struct guards *g, const char *real, const char *name)
{
	size_t i;

	for (i = 0; i < g->aliases.n; i++)
		if (strcmp(g->aliases.v[i].real, real) == 0 && strcmp(g->aliases.v[i].name, name) == 0)
			return;
	if (g->aliases.n == g->aliases.cap)
		g->aliases.v = xgrow(g->aliases.v, &g->aliases.cap, sizeof(*g->aliases.v));
	g->aliases.v[g->aliases.n++] = (struct guard_alias){ xstrdup(real), xstrdup(name) };
}

void
tree_aliases(struct guards *g, struct strv *patterns)
{
	size_t i, n = patterns->n, first;
	char *name, *real;

	for (i = 0; i < n; i++) {
		first = strcspn(patterns->v[i], "/");
		name = xprintf("%.*s", (int)first, patterns->v[i]);
		if (patterns->v[i][first] == '/' && strpbrk(name, "*?[\\") == NULL &&
		    links_on_the_way(g, 0, name) && links_follow(g, 0, name, &real) == 0) {
			if (*real != '\0') {
				strv_addf(patterns, "%s%s", real, patterns->v[i] + first);
				add_alias(g, real, name);
			}
			free(real);
		}
		free(name);
	}
}

void
tree_on_path(struct guards *g, const char *rel)
{
	if (!strv_has(&g->on_path, rel))
		strv_add(&g->on_path, rel);
}

/* PATH is one of the user's PATH: by its words, and by what it is. A relative one counts
 * from wherever he is; here, from the top. */
static void
one_of_path(struct guards *g, const struct plan *p, const char *path)
{
	char *names[2];
	size_t i, n = strlen(p->project);

	names[0] = path_clean(p->project, path);
	names[1] = realpath(names[0], NULL);
	for (i = 0; i < 2; i++) {
		if (names[i] != NULL && path_within(names[i], p->project))
			tree_on_path(g, names[i] + n + (names[i][n] == '/'));
		free(names[i]);
	}
}

static void
find_on_path(struct guards *g, const struct plan *p)
{
	const char *path = host_path();
	char *dir;

	for (; (dir = host_path_next(&path)) != NULL; free(dir))
		one_of_path(g, p, dir);
}

void
tree_find(struct guards *g, const struct plan *p)
{
	find_on_path(g, p);
	nested_find(g, p);
	envrc_find(g, p);
}

void
guard_say(const struct guards *g)
{
	size_t i;

	if (!known_all(g->roots.v[0].known))
		warnx("nested repositories were looked for in the first %zu directories only: those "
		    "further down are not protected, and looked at afterwards",
		    known_count(g->roots.v[0].known));
	for (i = 0; i < g->on_path.n; i++)
		warnx("'%s' of the project is on your PATH: a program that the command puts there is "
		    "run on this machine under its name", *g->on_path.v[i] == '\0' ? "." :
		    escaped(g->on_path.v[i]));
}
