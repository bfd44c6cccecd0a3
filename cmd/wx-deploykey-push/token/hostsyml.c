/* SPDX-License-Identifier: MIT */
/* Maps in maps: a list or a second document is refused. */
#include "hostsyml.h"

#include <stdbool.h>

#include "yamlline.h"

#define DEPTH 8

/* Where the reading is: the maps that are open. */
struct place {
	size_t indent[DEPTH];
	size_t depth;      /* of the last key */
	bool may_deepen;   /* it had no value: what is indented more is in it */
	size_t matched;    /* so many keys of the path are those that are open */
};

/* Move to the line L. False if its indentation fits no map that is open. */
static bool
enter(struct place *p, const struct yamlline *l)
{
	if (p->depth == 0) {
		if (l->indent != 0)
			return false;
		p->depth = 1;
	} else if (l->indent > p->indent[p->depth - 1]) {
		if (!p->may_deepen || p->depth == DEPTH)
			return false;
		p->depth++;
	} else {
		while (p->depth > 1 && l->indent < p->indent[p->depth - 1])
			p->depth--;
		if (l->indent != p->indent[p->depth - 1])
			return false;
	}
	p->indent[p->depth - 1] = l->indent;
	p->may_deepen = !l->has_value;
	if (p->matched > p->depth - 1)
		p->matched = p->depth - 1;
	return true;
}

/*
 * Walk all of TEXT. The value at PATH, of N keys, into OUT, of CAP bytes; seen
 * twice, or a map of its path seen twice, is bad.
 */
static enum hostsyml
look_up(const char *text, size_t len, const char *const path[], size_t n, char *out, size_t cap, size_t *at)
{
	const char *s = text, *end = text + len, *eol;
	enum hostsyml got = HOSTSYML_NONE;
	struct place p = { .depth = 0 };
	bool seen[DEPTH] = { false };
	struct yamlline l;
	size_t w;

	for (*at = 1; s < end; s = eol + 1, (*at)++) {
		eol = memchr(s, '\n', (size_t)(end - s));
		if (eol == NULL)
			eol = end;
		w = (size_t)(eol - s);
		if (w > 0 && s[w - 1] == '\r')
			w--;
		if (!yamlline_text_ok(s, w))
			return HOSTSYML_BAD;
		if (yamlline_empty(s, w) || (p.depth == 0 && w == 2 && memcmp(s, "{}", 2) == 0))
			continue;
		if (!yamlline_split(s, w, &l) || !enter(&p, &l))
			return HOSTSYML_BAD;
		if (p.matched != p.depth - 1 || p.depth > n || strlen(path[p.depth - 1]) != l.key_len ||
		    memcmp(path[p.depth - 1], l.key, l.key_len) != 0)
			continue;
		if (seen[p.depth - 1])
			return HOSTSYML_BAD;
		seen[p.depth - 1] = true;
		p.matched++;
		if (p.depth < n || l.value_len == 0)
			continue;
		if (l.value_len >= cap)
			return HOSTSYML_BAD;
		memcpy(out, l.value, l.value_len);
		out[l.value_len] = '\0';
		got = HOSTSYML_TOKEN;
	}
	return got;
}

enum hostsyml
hostsyml_token(const char *text, size_t len, const char *host, char *token, size_t cap, size_t *line)
{
	char user[256];
	const char *const direct[] = { host, "oauth_token" };
	const char *const active[] = { host, "user" };
	const char *const nested[] = { host, "users", user, "oauth_token" };
	enum hostsyml got = look_up(text, len, direct, 2, token, cap, line);

	if (got != HOSTSYML_NONE)
		return got;
	got = look_up(text, len, active, 2, user, sizeof(user), line);
	if (got != HOSTSYML_TOKEN)
		return got;
	return look_up(text, len, nested, 4, token, cap, line);
}

enum hostsyml
hostsyml_glab(const char *text, size_t len, const char *host, char *token, size_t cap, size_t *line)
{
	const char *const path[] = { "hosts", host, "token" };

	return look_up(text, len, path, 3, token, cap, line);
}
