/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"

/* Room for S where each byte becomes N. */
static char *
room(const char *s, size_t n)
{
	char *out = malloc(n * strlen(s) + 3);

	if (out == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	return out;
}

char *
quote_sh(const char *s)
{
	char *out = room(s, 4), *p = out;

	for (*p++ = '\''; *s != '\0'; s++) {
		if (*s == '\'')
			p = stpcpy(p, "'\\'");
		*p++ = *s;
	}
	*p++ = '\'';
	*p = '\0';
	return out;
}

char *
quote_git(const char *s)
{
	char *out = room(s, 2), *p = out;

	for (*p++ = '"'; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\' || *s == '\n')
			*p++ = '\\';
		*p++ = *s == '\n' ? 'n' : *s;
	}
	*p++ = '"';
	*p = '\0';
	return out;
}
