/* SPDX-License-Identifier: MIT */
#include "scope.h"

#include <stddef.h>

#define BETWEEN ", \t"

static bool
same(const char *s, size_t len, const char *t)
{
	return strlen(t) == len && memcmp(s, t, len) == 0;
}

/* The rank of the scope S by its first word, and *REST what follows it. */
static int
rank(const char *s, size_t len, const char **rest)
{
	static const char *const words[] = { "read:", "write:", "admin:" };
	int i;

	*rest = s;
	for (i = 0; i < 3; i++) {
		if (len > strlen(words[i]) && memcmp(s, words[i], strlen(words[i])) == 0) {
			*rest = s + strlen(words[i]);
			return i;
		}
	}
	return -1;
}

/* Does the scope H grant all that W does? */
static bool
grants(const char *h, size_t h_len, const char *w, size_t w_len)
{
	const char *h_rest, *w_rest;
	int h_rank = rank(h, h_len, &h_rest), w_rank = rank(w, w_len, &w_rest);

	if (h_len == w_len && memcmp(h, w, h_len) == 0)
		return true;
	if (same(h, h_len, "repo"))
		return same(w, w_len, "public_repo");
	if (h_rank == -1 || w_rank == -1 || h_rank < w_rank)
		return false;
	h_len -= (size_t)(h_rest - h);
	return h_len == w_len - (size_t)(w_rest - w) && memcmp(h_rest, w_rest, h_len) == 0;
}

static bool
granted(const char *have, const char *w, size_t w_len)
{
	const char *h;
	size_t n;

	for (h = have + strspn(have, BETWEEN); *h != '\0'; h += n + strspn(h + n, BETWEEN)) {
		n = strcspn(h, BETWEEN);
		if (grants(h, n, w, w_len))
			return true;
	}
	return false;
}

bool
scope_satisfies(const char *have, const char *accepted)
{
	const char *w = accepted + strspn(accepted, BETWEEN);
	size_t n;

	if (*w == '\0')
		return true;
	for (; *w != '\0'; w += n + strspn(w + n, BETWEEN)) {
		n = strcspn(w, BETWEEN);
		if (granted(have, w, n))
			return true;
	}
	return false;
}

const char *
scope_to_ask(enum verb verb, bool signing)
{
	if (!signing)
		return "repo";
	return verb == VERB_ADD ? "write:ssh_signing_key" : verb == VERB_DELETE ? "admin:ssh_signing_key" :
	    "read:ssh_signing_key";
}

const char *
scope_accepted(enum verb verb, bool signing)
{
	return signing ? scope_to_ask(verb, signing) : "repo, public_repo";
}
