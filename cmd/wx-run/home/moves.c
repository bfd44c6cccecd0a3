/* SPDX-License-Identifier: MIT */
#include "moves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/tool/strv.h"
#include "libcommon/tool/text.h"

#define LIST_MAX   ((size_t)64 << 20)
#define FETCHED    "refs/wrapix/"
#define STASH_MAX  50

static int
by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

bool
reflist_read(const struct hostgit *g, const char *const prefixes[], struct reflist *out, char *wrong)
{
	struct strv argv = { 0 };
	struct hostgit_said said;
	char *line, *save = NULL, *name;
	int rc;

	*out = (struct reflist){ 0 };
	strv_add(&argv, "for-each-ref");
	strv_add(&argv, "--format=%(objectname) %(refname)");
	strv_addv(&argv, prefixes);
	rc = hostgit(g, (const char *const *)argv.v, NULL, 0, LIST_MAX, &said);
	if (rc != 0 || said.cut) {
		(void)snprintf(wrong, 512, "%s", said.cut ? "it has too many refs" :
		    *said.err == '\0' ? "git for-each-ref failed" : said.err);
		free(said.out);
		return false;
	}
	for (line = strtok_r(said.out, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		name = strchr(line, ' ');
		if (name == NULL)
			continue;
		*name++ = '\0';
		if (out->n == out->cap)
			out->v = xgrow(out->v, &out->cap, sizeof(*out->v));
		out->v[out->n].name = xstrdup(name);
		out->v[out->n++].id = xstrdup(line);
	}
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_name);
	free(said.out);
	return true;
}

const char *
reflist_find(const struct reflist *l, const char *name)
{
	size_t low = 0, high = l->n, mid;
	int diff;

	while (low < high) {
		mid = low + (high - low) / 2;
		diff = strcmp(name, l->v[mid].name);
		if (diff == 0)
			return l->v[mid].id;
		if (diff < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

void
reflist_free(struct reflist *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].id);
	}
	free(l->v);
	*l = (struct reflist){ 0 };
}

static char *
copied(const char *s)
{
	return s == NULL ? NULL : xstrdup(s);
}

static void
add(struct moves *m, enum move_kind kind, const char *ref, const char *new, const char *start, const char *here)
{
	if (m->n == m->cap)
		m->v = xgrow(m->v, &m->cap, sizeof(*m->v));
	m->v[m->n++] = (struct move){ .kind = kind, .ref = xstrdup(ref), .new = copied(new),
	    .start = copied(start), .here = copied(here) };
}

/* Is OLD an ancestor of NEW? 0 for yes, 1 for no, else git cannot tell: a line in WRONG. */
static int
forward(const struct hostgit *g, const char *old, const char *new, char *wrong)
{
	const char *const argv[] = { "merge-base", "--is-ancestor", old, new, NULL };
	struct hostgit_said said;
	int rc = hostgit(g, argv, NULL, 0, 0, &said);

	if (rc != 0 && rc != 1)
		(void)snprintf(wrong, 512, "%s", hostgit_signal() != 0 ? "it was interrupted" :
		    *said.err == '\0' ? "git merge-base failed" : said.err);
	free(said.out);
	return rc;
}

static bool
same(const char *a, const char *b)
{
	return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

/* A tag of that name would be taken for the branch (gitrevisions(7)). */
static bool
shadows(const struct reflist *here, const char *ref)
{
	char *branch;
	bool yes = false;

	if (strncmp(ref, "refs/tags/", 10) == 0) {
		branch = xprintf("refs/heads/%s", ref + 10);
		yes = reflist_find(here, branch) != NULL;
		free(branch);
	}
	return yes;
}

static bool
kind_of(const struct hostgit *g, struct move *m, const char *forced, char *wrong)
{
	int rc;

	if (same(m->here, m->new)) {
		m->kind = MOVE_NONE;
	} else if (m->here == NULL) {
		/* Deleted on the host meanwhile: that was his word on it. */
		m->kind = m->start == NULL ? MOVE_NEW : MOVE_KEEP;
	} else if (strncmp(m->ref, "refs/tags/", 10) == 0) {
		m->kind = MOVE_KEEP;
	} else if (forced != NULL && strcmp(m->ref, forced) == 0 && same(m->here, m->start)) {
		m->kind = MOVE_FORWARD;
	} else {
		rc = forward(g, m->here, m->new, wrong);
		m->kind = rc == 0 ? MOVE_FORWARD : MOVE_KEEP;
		return rc == 0 || rc == 1;
	}
	return true;
}

/* The entries of the stash that are new, the newest first: those above what was on top. */
static void
stash(const struct reflist *fetched, const struct reflist *here, struct moves *out)
{
	const char *start = reflist_find(fetched, "refs/stash"), *id;
	const char *now = reflist_find(here, "refs/stash");
	char name[64];
	int i;

	for (i = 0; i < STASH_MAX; i++) {
		(void)snprintf(name, sizeof(name), FETCHED "stash/%d", i);
		id = reflist_find(fetched, name);
		if (id == NULL || same(id, start) || same(id, now))
			return;
		add(out, MOVE_STASH, "refs/stash", id, start, now);
	}
}

bool
moves_find(const struct hostgit *start, const struct reflist *fetched, const struct reflist *here,
    const char *forced, const struct strv *busy, struct moves *out, char *wrong)
{
	const char *old, *now, *name;
	bool ok = true;
	char *ref;
	size_t i;

	for (i = 0; i < fetched->n && ok; i++) {
		name = fetched->v[i].name;
		if (strncmp(name, FETCHED, sizeof(FETCHED) - 1) != 0) {
			ref = xprintf(FETCHED "%s", name + 5);
			/* Of notes and the like a host without them has none to lose. */
			if (strncmp(name, "refs/heads/", 11) == 0 && reflist_find(fetched, ref) == NULL &&
			    reflist_find(here, name) != NULL)
				add(out, MOVE_GONE, name, NULL, fetched->v[i].id, reflist_find(here, name));
			free(ref);
			continue;
		}
		ref = xprintf("refs/%s", name + sizeof(FETCHED) - 1);
		old = reflist_find(fetched, ref);
		now = reflist_find(here, ref);
		if (strncmp(ref, "refs/stash/", 11) != 0 && strncmp(ref, "refs/head/", 10) != 0 &&
		    !same(fetched->v[i].id, old)) {
			add(out, MOVE_KEEP, ref, fetched->v[i].id, old, now);
			if (!shadows(here, ref) || same(fetched->v[i].id, now))
				ok = kind_of(start, &out->v[out->n - 1], forced, wrong);
		}
		free(ref);
	}
	for (i = 0; i < out->n; i++)
		if (out->v[i].kind == MOVE_FORWARD && strv_has(busy, out->v[i].ref)) {
			out->v[i].kind = MOVE_KEEP;
			out->v[i].busy = true;
		}
	stash(fetched, here, out);
	return ok;
}

void
moves_keep_head(struct moves *m, const char *id)
{
	add(m, MOVE_KEEP, "HEAD", id, NULL, NULL);
}

void
moves_separate(const struct hostgit *host, struct moves *m)
{
	struct move *v;

	for (v = m->v; v < m->v + m->n; v++) {
		const char *argv[] = { "update-ref", "-m", "wrapix", v->ref, v->new,
		    v->here == NULL ? "" : v->here, NULL };

		if ((v->kind == MOVE_NEW || v->kind == MOVE_FORWARD) && hostgit_signal() == 0) {
			v->refused = hostgit(host, argv, NULL, 0, 0, NULL) != 0;
			v->kind = v->refused ? MOVE_KEEP : MOVE_NONE;
		}
	}
}

/* Oldest first, so that the newest is on top. A stash entry that git refuses is kept as a ref. */
static void
make_stash(const struct hostgit *host, const struct hostgit *start, struct move *m, const char *run)
{
	const char *ask[] = { "log", "-1", "--format=%s", m->new, NULL };
	const char *store[] = { "stash", "store", "-m", NULL, m->new, NULL };
	struct hostgit_said said;
	char *line, *ref;

	if (hostgit(start, ask, NULL, 0, 1000, &said) != 0)
		said.out[0] = '\0';
	said.out[strcspn(said.out, "\n")] = '\0';
	line = escaped(said.out);
	store[3] = *line == '\0' ? run : line;
	if (hostgit(host, store, NULL, 0, 0, NULL) != 0) {
		const char *keep[] = { "update-ref", NULL, m->new, NULL };

		ref = xprintf("refs/wrapix/%s/stash-%.12s", run, m->new);
		keep[1] = ref;
		if (hostgit(host, keep, NULL, 0, 0, NULL) == 0)
			m->kind = MOVE_KEEP;
		free(ref);
	}
	free(line);
	free(said.out);
}

bool
moves_make(const struct hostgit *host, const struct hostgit *start, const struct moves *m, const char *run,
    char *wrong)
{
	char *message = xprintf("wrapix: run %s", run), *text = NULL;
	const char *argv[] = { "update-ref", "-m", message, "--stdin", "-z", NULL };
	struct hostgit_said said;
	size_t len = 0, i, n = 0;
	FILE *fp = text_open(&text, &len);
	int rc = 0;

	for (i = 0; i < m->n; i++) {
		const struct move *v = &m->v[i];

		if (v->kind == MOVE_NEW)
			n += fprintf(fp, "create %s%c%s%c", v->ref, 0, v->new, 0) > 0;
		else if (v->kind == MOVE_FORWARD)
			n += fprintf(fp, "update %s%c%s%c%s%c", v->ref, 0, v->new, 0, v->here, 0) > 0;
		else if (v->kind == MOVE_KEEP)
			n += fprintf(fp, "update refs/wrapix/%s/%s%c%s%c%c", run,
			    strncmp(v->ref, "refs/", 5) == 0 ? v->ref + 5 : v->ref, 0, v->new, 0, 0) > 0;
	}
	text_close(fp);
	if (n > 0) {
		rc = hostgit(host, argv, text, len, 0, &said);
		(void)snprintf(wrong, 512, "%s", *said.err == '\0' ? "git update-ref failed" : said.err);
		free(said.out);
	}
	for (i = m->n; rc == 0 && i-- > 0;)
		if (m->v[i].kind == MOVE_STASH)
			make_stash(host, start, &m->v[i], run);
	free(text);
	free(message);
	return rc == 0;
}
