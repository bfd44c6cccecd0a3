/* SPDX-License-Identifier: MIT */
#include "policy.h"

#include <err.h>

#include "libcommon/exitcode.h"
#include "libcommon/utf8.h"

void
policy_init(struct policy *p)
{
	*p = (struct policy){ .connections = 256, .range = { 198, 18 }, .range_bits = 15 };
}

void
policy_put(struct policy *p, bool deny, struct entry *e, const char *group)
{
	struct entries *to = deny ? &p->deny : &p->allow;
	struct entry *more = realloc(to->e, (to->n + 1) * sizeof(*more));
	char *text;

	if (more == NULL)
		err(WX_TEMP, "cannot allocate memory");
	if (group != NULL) {
		if (asprintf(&text, "@%s", group) == -1)
			err(WX_TEMP, "cannot allocate memory");
		free(e->text);
		e->text = text;
	}
	e->id = p->next_id++;
	to->e = more;
	to->e[to->n++] = *e;
}

struct adding {
	struct policy *p;
	bool           deny;
	const char    *group; /* or NULL */
	policy_fault  *fault;
	void          *user;
};

static void
say(const struct adding *a, const char *word, const char *why)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "cannot take '%.160s%s%.64s': %s", word, a->group != NULL ? "' of '@" : "",
	    a->group != NULL ? a->group : "", why);
	a->fault(wx_utf8_clean(text), a->user);
}

static bool
add_one(const char *text, void *user)
{
	const struct adding *a = user;
	struct entry e;
	char why[ENTRY_WHY];
	bool good;

	if (a->p->allow.n + a->p->deny.n >= ENTRIES_MAX) {
		say(a, text, "more than 4096 entries");
		return false;
	}
	good = *text == '{' ? entry_parse_object(text, a->deny, &e, why) : entry_parse(text, a->deny, &e, why);
	if (!good) {
		say(a, text, why);
		return false;
	}
	policy_put(a->p, a->deny, &e, a->group);
	return true;
}

bool
policy_add(struct policy *p, bool deny, const char *word, policy_fault *fault, void *user)
{
	struct adding a = { .p = p, .deny = deny, .fault = fault, .user = user };
	char why[ENTRY_WHY];

	if (*word != '@')
		return add_one(word, &a);
	a.group = word + 1;
	if (group_read(word + 1, add_one, &a, why) == 0)
		return true;
	a.group = NULL;
	if (why[0] != '\0')
		say(&a, word, why);
	return false;
}

bool
policy_check(const struct policy *p, policy_fault *fault, void *user)
{
	char text[512];
	bool good = true;
	size_t i, j;

	for (i = 0; i < p->allow.n; i++) {
		for (j = 0; j < p->deny.n; j++) {
			if (!entry_covers_entry(&p->deny.e[j], &p->allow.e[i]))
				continue;
			(void)snprintf(text, sizeof(text), "'%.160s' is allowed, and '%.160s' refuses all of it",
			    p->allow.e[i].text[0] == '@' ? p->allow.e[i].host : p->allow.e[i].text, p->deny.e[j].text);
			fault(wx_utf8_clean(text), user);
			good = false;
		}
	}
	return good;
}

const struct entry *
policy_denies(const struct policy *p, const struct entry *e)
{
	size_t i;

	for (i = 0; i < p->deny.n; i++)
		if (entry_covers_entry(&p->deny.e[i], e))
			return &p->deny.e[i];
	return NULL;
}

bool
entry_same(const struct entry *e, const struct entry *other)
{
	return strcmp(e->host, other->host) == 0 && entry_covers_entry(e, other) && entry_covers_entry(other, e);
}

void
policy_remove(struct policy *p, unsigned id)
{
	size_t i;

	for (i = 0; i < p->allow.n && p->allow.e[i].id != id; i++)
		;
	if (i == p->allow.n)
		return;
	entry_free(&p->allow.e[i]);
	memmove(&p->allow.e[i], &p->allow.e[i + 1], (p->allow.n - i - 1) * sizeof(*p->allow.e));
	p->allow.n--;
}

static void
free_list(struct entries *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		entry_free(&l->e[i]);
	free(l->e);
	*l = (struct entries){ .n = 0 };
}

void
policy_free(struct policy *p)
{
	size_t i;

	free_list(&p->allow);
	free_list(&p->deny);
	for (i = 0; i < p->parent.nno_proxy; i++)
		free(p->parent.no_proxy[i]);
	policy_init(p);
}
