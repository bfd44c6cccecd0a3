/* SPDX-License-Identifier: MIT */
/*
 * The part of YAML that gh writes: maps in maps, one "key: value" a line,
 * indented by blanks, values plain or quoted without escapes. Anything else
 * (tabs, lists, anchors, folded text, a second document) is refused, for a
 * reader that guesses may find another host's token.
 */
#include "hostsyml.h"

#include <stdbool.h>

#include "libcommon/utf8.h"

#define DEPTH 8

/* One line, taken apart; the parts point into it. */
struct line {
	size_t indent;
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
	bool has_value;    /* even if it is '' */
};

/* Where the reading is: the maps that are open. */
struct place {
	size_t indent[DEPTH];
	size_t depth;      /* of the last key */
	bool may_deepen;   /* it had no value: what is indented more is in it */
	size_t matched;    /* so many keys of the path are those that are open */
};

static bool
is_space_or_comment(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len && s[i] == ' ')
		i++;
	return i == len || (s[i] == '#' && (i == 0 || s[i - 1] == ' '));
}

/* A quoted scalar at S: its inside. False if it has an escape or does not end. */
static bool
quoted(const char *s, size_t len, const char **value, size_t *value_len, size_t *used)
{
	const char *end = memchr(s + 1, s[0], len - 1);

	if (end == NULL)
		return false;
	*value = s + 1;
	*value_len = (size_t)(end - s - 1);
	*used = *value_len + 2;
	if (s[0] == '"' && memchr(*value, '\\', *value_len) != NULL)
		return false;
	return *used == len || s[*used] != s[0];
}

/* A plain scalar at S, up to a comment or the end. */
static bool
plain(const char *s, size_t len, const char **value, size_t *value_len, size_t *used)
{
	size_t i;

	if (strchr("[]{}&*!|>%@`,?-#", s[0]) != NULL && !(s[0] == '-' && len > 1 && s[1] != ' '))
		return false;
	for (i = 0; i < len && !(s[i] == '#' && s[i - 1] == ' '); i++)
		if (s[i] == ':' && (i + 1 == len || s[i + 1] == ' '))
			return false;
	*used = i;
	while (i > 0 && s[i - 1] == ' ')
		i--;
	*value = s;
	*value_len = i;
	return true;
}

static bool
scalar(const char *s, size_t len, struct line *l)
{
	size_t used = 0;

	l->has_value = false;
	l->value = "";
	l->value_len = 0;
	while (len > 0 && *s == ' ') {
		s++;
		len--;
	}
	if (len == 0 || *s == '#')
		return true;
	l->has_value = true;
	if (len >= 2 && memcmp(s, "{}", 2) == 0)
		used = 2; /* an empty map, and nothing that we look for */
	else if (*s == '\'' || *s == '"') {
		if (!quoted(s, len, &l->value, &l->value_len, &used))
			return false;
	} else if (!plain(s, len, &l->value, &l->value_len, &used))
		return false;
	return is_space_or_comment(s + used, len - used);
}

/* S of LEN bytes, neither empty nor a comment, as "key: value". */
static bool
split(const char *s, size_t len, struct line *l)
{
	size_t i = 0;

	while (i < len && s[i] == ' ')
		i++;
	l->indent = i;
	s += i;
	len -= i;
	if (*s == '"' || *s == '\'') {
		if (!quoted(s, len, &l->key, &l->key_len, &i))
			return false;
	} else {
		if (strchr("[]{}&*!|>%@`,?-#:", *s) != NULL)
			return false;
		for (i = 0; i < len && !(s[i] == ':' && (i + 1 == len || s[i + 1] == ' ')); i++)
			if (s[i] == ' ')
				return false;
		l->key = s;
		l->key_len = i;
	}
	return i < len && s[i] == ':' && l->key_len > 0 && scalar(s + i + 1, len - i - 1, l);
}

/* Move to the line L. False if its indentation fits no map that is open. */
static bool
enter(struct place *p, const struct line *l)
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

static bool
text_ok(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (n == 0 || (unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	}
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
	struct line l;
	size_t w;

	for (*at = 1; s < end; s = eol + 1, (*at)++) {
		eol = memchr(s, '\n', (size_t)(end - s));
		if (eol == NULL)
			eol = end;
		w = (size_t)(eol - s);
		if (w > 0 && s[w - 1] == '\r')
			w--;
		if (!text_ok(s, w))
			return HOSTSYML_BAD;
		if (is_space_or_comment(s, w) || (p.depth == 0 && w == 2 && memcmp(s, "{}", 2) == 0))
			continue;
		if (!split(s, w, &l) || !enter(&p, &l))
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
