/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <string.h>

#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"

void
fixed_read_only(const struct guards *g, const char *top, struct strv *out)
{
	const struct guard *gd;
	size_t i;

	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		if (gd->kind == GUARD_RO && strcmp(g->roots.v[gd->root].host, top) == 0 && !path_within(gd->rel, ".git"))
			strv_add(out, gd->rel);
	}
}

void
fixed_hidden(const struct guards *g, const struct plan *p, struct strv *out)
{
	size_t i, n = strlen(p->at);
	const struct mount *m;

	for (i = 0; i < g->covers.n; i++) {
		m = &g->covers.v[i];
		if (strcmp(m->why, "hide") == 0 && strncmp(m->dest, p->at, n) == 0 && m->dest[n] == '/')
			strv_add(out, m->dest + n + 1);
	}
}
