/* SPDX-License-Identifier: MIT */
#include "grants.h"

#include <err.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "log.h"
#include "policy/policy.h"

#define WAIT_MAX 60000 /* ms: a sleep of the machine does not count for poll(2) */

struct grant {
	unsigned id;
	int64_t  until; /* 0: as long as it runs */
};

static struct grant grants[GRANTS_MAX];
static size_t ngrants;

int64_t
grants_now(void)
{
	return wx_clock_boot_ms() / 1000;
}

static void
keep_fault(const char *text, void *user)
{
	(void)snprintf(user, 512, "%s", text);
}

static void
end_connections(const struct run *r, unsigned id, const char *host)
{
	static struct link_order o;

	o = (struct link_order){ .kind = ORDER_REVOKE, .number = id };
	if (host != NULL)
		o.len = (uint32_t)snprintf(o.text, sizeof(o.text), "%s", host);
	run_order(r, &o, -1);
}

static struct grant *
grant_of(unsigned id)
{
	size_t i;

	for (i = 0; i < ngrants; i++)
		if (grants[i].id == id)
			return &grants[i];
	return NULL;
}

static void
drop(struct grant *g)
{
	*g = grants[--ngrants];
}

/* The last of the list is the one that was just put there. An equal one before it is given the time instead. */
static bool
merge(struct policy *p, long seconds)
{
	const struct entry *new = &p->allow.e[p->allow.n - 1];
	struct grant *g;
	size_t i;

	for (i = 0; i + 1 < p->allow.n; i++) {
		if (!entry_same(&p->allow.e[i], new) || (new->private && !p->allow.e[i].private) || p->allow.e[i].nmethods > 0 ||
		    p->allow.e[i].npaths > 0)
			continue;
		g = grant_of(p->allow.e[i].id);
		if (g != NULL)
			g->until = seconds == 0 || g->until == 0 ? 0 : grants_now() + seconds;
		policy_remove(p, new->id);
		return true;
	}
	return false;
}

bool
grants_allow(struct run *r, const char *text, long seconds, char why[static 512])
{
	struct policy *p = &r->s->policy;
	const struct entry *e, *deny;

	if (ngrants == GRANTS_MAX) {
		(void)snprintf(why, 512, "more than 256 grants");
		return false;
	}
	if (!policy_add(p, false, text, keep_fault, why))
		return false;
	e = &p->allow.e[p->allow.n - 1];
	deny = policy_denies(p, e);
	if (deny != NULL) {
		(void)snprintf(why, 512, "'%.160s' refuses it", deny->text);
		policy_remove(p, e->id);
		return false;
	}
	if (!merge(p, seconds)) {
		grants[ngrants++] = (struct grant){ .id = e->id, .until = seconds == 0 ? 0 : grants_now() + seconds };
		run_changed(r);
	}
	log_grant("grant", text, seconds);
	return true;
}

bool
grants_deny(struct run *r, const char *text, char why[static 512])
{
	struct policy *p = &r->s->policy;
	const struct entry *e;
	char host[WX_HOSTNAME_MAX + 2];

	if (!policy_add(p, true, text, keep_fault, why))
		return false;
	e = &p->deny.e[p->deny.n - 1];
	run_changed(r);
	(void)snprintf(host, sizeof(host), "%s%s", e->wildcard ? "*." : "", e->host);
	end_connections(r, UINT32_MAX, host);
	log_grant("deny", text, 0);
	return true;
}

/* The first grant of the same host and ports as W, or NULL. */
static struct grant *
grant_like(const struct policy *p, const struct entry *w)
{
	struct grant *g = NULL;
	size_t i;

	for (i = 0; i < p->allow.n && g == NULL; i++)
		if (entry_same(&p->allow.e[i], w))
			g = grant_of(p->allow.e[i].id);
	return g;
}

bool
grants_revoke(struct run *r, const char *text, char why[static 512])
{
	struct policy *p = &r->s->policy;
	unsigned over[GRANTS_MAX];
	struct entry want;
	struct grant *g;
	char fault[ENTRY_WHY];
	size_t i, n = 0;

	if (!entry_parse(text, false, &want, fault)) {
		(void)snprintf(why, 512, "%s", fault);
		return false;
	}
	/* More than one, where one of them is private. */
	while ((g = grant_like(p, &want)) != NULL) {
		over[n++] = g->id;
		policy_remove(p, g->id);
		drop(g);
	}
	entry_free(&want);
	if (n == 0) {
		(void)snprintf(why, 512, "it was not granted");
		return false;
	}
	run_changed(r);
	for (i = 0; i < n; i++)
		end_connections(r, over[i], NULL);
	log_grant("revoke", text, 0);
	return true;
}

void
grants_due(struct run *r)
{
	int64_t now = grants_now();
	bool changed = false;
	unsigned over[GRANTS_MAX];
	size_t i, n = 0;

	for (i = 0; i < ngrants;) {
		if (grants[i].until == 0 || grants[i].until > now) {
			i++;
			continue;
		}
		over[n++] = grants[i].id;
		policy_remove(&r->s->policy, grants[i].id);
		drop(&grants[i]);
		changed = true;
	}
	if (changed)
		run_changed(r);
	for (i = 0; i < n; i++)
		end_connections(r, over[i], NULL);
}

int
grants_wait(void)
{
	int64_t now = grants_now(), next = -1;
	size_t i;

	for (i = 0; i < ngrants; i++)
		if (grants[i].until != 0 && (next == -1 || grants[i].until - now < next))
			next = grants[i].until > now ? grants[i].until - now : 0;
	if (next == -1)
		return -1;
	return next > WAIT_MAX / 1000 ? WAIT_MAX : (int)next * 1000;
}

int64_t
grants_left(unsigned id)
{
	const struct grant *g = grant_of(id);

	if (g == NULL)
		return -1;
	return g->until == 0 ? 0 : g->until - grants_now();
}
