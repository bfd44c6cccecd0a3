/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

#include "libcommon/utf8.h"

/* Text that is still to be read. */
struct text {
	const char *s, *end;
};

static bool value(struct text *t, int depth);

static void
blanks(struct text *t)
{
	while (t->s < t->end && *t->s == ' ')
		t->s++;
}

static bool
take(struct text *t, char c)
{
	if (t->s == t->end || *t->s != c)
		return false;
	t->s++;
	return true;
}

static bool
word(struct text *t, const char *w)
{
	size_t len = strlen(w);

	if ((size_t)(t->end - t->s) < len || memcmp(t->s, w, len) != 0)
		return false;
	t->s += len;
	return true;
}

static bool
digits(struct text *t)
{
	const char *from = t->s;

	while (t->s < t->end && *t->s >= '0' && *t->s <= '9')
		t->s++;
	return t->s > from;
}

static bool
number(struct text *t)
{
	(void)take(t, '-');
	if (!take(t, '0') && !digits(t))
		return false;
	if (take(t, '.') && !digits(t))
		return false;
	if (take(t, 'e') || take(t, 'E')) {
		(void)(take(t, '+') || take(t, '-'));
		return digits(t);
	}
	return true;
}

static bool
one_of(struct text *t, const char *set)
{
	if (t->s == t->end || *t->s == '\0' || strchr(set, *t->s) == NULL)
		return false;
	t->s++;
	return true;
}

/* What follows a backslash. */
static bool
escape(struct text *t)
{
	int i;

	if (!take(t, 'u'))
		return one_of(t, "\"\\/bfnrt");
	for (i = 0; i < 4; i++)
		if (!one_of(t, "0123456789abcdefABCDEF"))
			return false;
	return true;
}

static bool
string(struct text *t)
{
	size_t n;

	if (!take(t, '"'))
		return false;
	while (!take(t, '"')) {
		if (t->s == t->end || (unsigned char)*t->s < 0x20)
			return false;
		if (take(t, '\\')) {
			if (!escape(t))
				return false;
			continue;
		}
		n = wx_utf8_len(t->s, (size_t)(t->end - t->s));
		if (n == 0)
			return false;
		t->s += n;
	}
	return true;
}

/* Members of an object, or elements of an array, after its bracket. */
static bool
list(struct text *t, bool object, int depth)
{
	char close = object ? '}' : ']';

	blanks(t);
	if (take(t, close))
		return true;
	do {
		blanks(t);
		if (object) {
			if (!string(t))
				return false;
			blanks(t);
			if (!take(t, ':'))
				return false;
		}
		if (!value(t, depth))
			return false;
		blanks(t);
	} while (take(t, ','));
	return take(t, close);
}

static bool
value(struct text *t, int depth)
{
	if (depth > JSON_DEPTH)
		return false;
	blanks(t);
	if (t->s == t->end)
		return false;
	switch (*t->s) {
	case '{': t->s++; return list(t, true, depth + 1);
	case '[': t->s++; return list(t, false, depth + 1);
	case '"': return string(t);
	case 't': return word(t, "true");
	case 'f': return word(t, "false");
	case 'n': return word(t, "null");
	default: return number(t);
	}
}

bool
json_object(const char *s, size_t len)
{
	struct text t = { s, s + len };

	blanks(&t);
	if (t.s == t.end || *t.s != '{' || !value(&t, 0))
		return false;
	blanks(&t);
	return t.s == t.end;
}
