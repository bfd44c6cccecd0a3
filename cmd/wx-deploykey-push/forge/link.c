/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <stdbool.h>
#include <strings.h>

#define TOKEN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

static const char *
blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* Is "next" one of the words at S of LEN bytes? */
static bool
has_next(const char *s, size_t len)
{
	size_t n;

	while (len > 0) {
		for (n = 0; n < len && s[n] != ' '; n++)
			;
		if (n == 4 && strncasecmp(s, "next", 4) == 0)
			return true;
		n += n < len;
		s += n;
		len -= n;
	}
	return false;
}

/*
 * The value at S of a parameter, quoted or a token: its bytes, and *END behind it. Escapes in
 * quotes are refused, for nothing that we look for has any.
 */
static const char *
param_value(const char *s, size_t *len, const char **end)
{
	if (*s != '"') {
		*len = strspn(s, TOKEN);
		*end = s + *len;
		return s;
	}
	s++;
	*len = strcspn(s, "\"\\");
	if (s[*len] != '"')
		return NULL;
	*end = s + *len + 1;
	return s;
}

/* The parameters at *S up to ',' or the end. False if they are none. */
static bool
params(const char **s, bool *next)
{
	const char *p = blanks(*s), *name, *value = "";
	size_t name_len, len;

	*next = false;
	while (*p == ';') {
		name = blanks(p + 1);
		name_len = strspn(name, TOKEN);
		p = blanks(name + name_len);
		len = 0;
		if (*p == '=')
			value = param_value(blanks(p + 1), &len, &p);
		if (name_len == 0 || value == NULL)
			return false;
		if (name_len == 3 && strncasecmp(name, "rel", 3) == 0)
			*next |= has_next(value, len);
		p = blanks(p);
	}
	*s = p;
	return *p == ',' || *p == '\0';
}

enum link
link_next(const char *value, char *next, size_t cap)
{
	enum link got = LINK_NONE;
	const char *p, *url;
	bool is_next;
	size_t len;

	for (p = blanks(value); *p != '\0'; p = blanks(p)) {
		if (*p == ',') {
			p++;
			continue;
		}
		url = p + 1;
		len = strcspn(url, "<> \t");
		if (*p != '<' || url[len] != '>' || len == 0)
			return LINK_BAD;
		p = url + len + 1;
		if (!params(&p, &is_next))
			return LINK_BAD;
		if (!is_next)
			continue;
		if (got == LINK_NEXT || len >= cap)
			return LINK_BAD;
		memcpy(next, url, len);
		next[len] = '\0';
		got = LINK_NEXT;
	}
	return got;
}

long
link_page(const char *url)
{
	const char *p = strchr(url, '?');
	size_t n;

	while (p != NULL) {
		p++;
		if (strncmp(p, "page=", 5) == 0) {
			n = strspn(p + 5, "0123456789");
			return n > 0 && n < 10 ? strtol(p + 5, NULL, 10) : -1;
		}
		p = strchr(p, '&');
	}
	return -1;
}
