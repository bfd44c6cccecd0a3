/* SPDX-License-Identifier: MIT */
#include "policy.h"
#include "libcommon/http1.h"

static bool
has_port(const struct entry *e, uint16_t port)
{
	size_t i;

	for (i = 0; i < e->nports; i++)
		if (e->ports[i] == port)
			return true;
	return e->nports == 0;
}

static bool
has_method(const struct entry *e, const char *method)
{
	size_t i;

	for (i = 0; i < e->nmethods; i++)
		if (strcmp(e->methods[i], method) == 0)
			return true;
	return e->nmethods == 0;
}

/* A path that ends with '/' stands for all below it, another one for itself; a query does not count. */
static bool
has_path(const struct entry *e, const char *path)
{
	size_t i, n, len = strcspn(path, "?");

	for (i = 0; i < e->npaths; i++) {
		n = strlen(e->paths[i]);
		if (n <= len && memcmp(e->paths[i], path, n) == 0 && (n == len || e->paths[i][n - 1] == '/'))
			return true;
	}
	return e->npaths == 0;
}

static enum reason
ask_entry(const struct entry *e, const struct wish *w)
{
	if (!has_port(e, w->port))
		return REASON_PORT;
	if (e->nmethods == 0 && e->npaths == 0)
		return REASON_ALLOWED;
	if (w->method == NULL || w->path == NULL)
		return REASON_NEEDS_HTTP;
	/* Refused and not normalised: what is right for one server is wrong for the next. */
	if (e->npaths > 0 && !wx_http1_path_plain(w->path, strlen(w->path)))
		return REASON_PATH;
	return has_method(e, w->method) && has_path(e, w->path) ? REASON_ALLOWED : REASON_REQUEST;
}

static const struct entry *
denied_by(const struct policy *p, const struct wish *w, const struct verdict *v)
{
	size_t i;

	for (i = 0; i < p->deny.n; i++)
		if (has_port(&p->deny.e[i], w->port) && entry_covers(&p->deny.e[i], v->name, v->family != 0))
			return &p->deny.e[i];
	return NULL;
}

/* The first entry that allows it; where none does the reason of the one that came nearest to it. */
static void
allowed_by(const struct policy *p, const struct wish *w, struct verdict *v)
{
	static const int near[REASONS] = { [REASON_PORT] = 1, [REASON_REQUEST] = 2, [REASON_PATH] = 3,
	    [REASON_NEEDS_HTTP] = 4, [REASON_ALLOWED] = 5 };
	const struct entry *e;
	enum reason r;
	size_t i;

	v->reason = REASON_NOT_LISTED;
	for (i = 0; i < p->allow.n; i++) {
		e = &p->allow.e[i];
		/* One that is private goes before one that is not: it may have been granted because of that. */
		if ((v->reason == REASON_ALLOWED && (v->entry->private || !e->private)) || !entry_covers(e, v->name, v->family != 0))
			continue;
		r = ask_entry(e, w);
		if (near[r] > near[v->reason] || r == REASON_ALLOWED) {
			v->reason = r;
			v->entry = e;
		}
	}
	if (v->reason == REASON_PORT)
		v->entry = NULL;
}

void
decide(const struct policy *p, const struct wish *w, struct verdict *v)
{
	*v = (struct verdict){ .reason = REASON_BAD_NAME };
	if (w->port == 0)
		return;
	if (wx_hostname(w->host, w->len, v->name) == -1 &&
	    !wx_hostname_literal(w->host, w->len, &v->family, v->addr, v->name)) {
		v->family = 0;
		return;
	}
	v->entry = denied_by(p, w, v);
	if (v->entry != NULL) {
		v->reason = REASON_DENIED;
		return;
	}
	allowed_by(p, w, v);
	v->askable = v->reason == REASON_NOT_LISTED || v->reason == REASON_PORT;
}

bool
policy_no_proxy(const struct policy *p, const char *name)
{
	size_t i, n = strlen(name), h;
	const char *one;

	for (i = 0; i < p->parent.nno_proxy; i++) {
		one = p->parent.no_proxy[i];
		one += *one == '*';
		one += *one == '.';
		h = strlen(one);
		if (h > 0 && n >= h && strcmp(name + n - h, one) == 0 && (n == h || name[n - h - 1] == '.'))
			return true;
	}
	return false;
}
