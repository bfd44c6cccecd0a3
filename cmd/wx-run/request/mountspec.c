/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
usermount_ask(struct request *r, const char *src, const char *dest, bool rw,
    bool optional)
{
	struct mount_request *m;

	if (r->mounts.n == r->mounts.cap)
		r->mounts.v = xgrow(r->mounts.v, &r->mounts.cap, sizeof(*r->mounts.v));
	m = &r->mounts.v[r->mounts.n++];
	m->src = xstrdup(src);
	m->dest = dest == NULL ? NULL : xstrdup(dest);
	m->rw = rw;
	m->optional = optional;
}

/*
 * From the right, so that a colon in SRC does no harm: a mode, then the last
 * ":/" or ":~/", where DEST begins.
 */
bool
usermount_spec(struct request *r, const char *spec)
{
	char *s = xstrdup(spec), *p, *dest = NULL;
	size_t n = strlen(s);
	bool rw = false, ok;

	if (n > 3 && (strcmp(s + n - 3, ":rw") == 0 || strcmp(s + n - 3, ":ro") == 0)) {
		rw = s[n - 1] == 'w';
		s[n - 3] = '\0';
	}
	for (p = s; *p != '\0'; p++)
		if (p > s && p[0] == ':' && (p[1] == '/' || strncmp(p + 1, "~/", 2) == 0))
			dest = p + 1;
	if (dest != NULL)
		dest[-1] = '\0';
	/* "a:b": a folder of that name, or a destination that is not absolute? */
	ok = *s != '\0' && (dest != NULL || strchr(s, ':') == NULL || access(s, F_OK) == 0);
	if (ok)
		usermount_ask(r, s, dest, rw, false);
	free(s);
	return ok;
}
