/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <string.h>
#include <strings.h>

static const char *const credentials[] = { "authorization", "x-api-key", "x-goog-api-key", "api-key", NULL };

static const char *const not_up[] = {
	"cookie", "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "content-length", "upgrade", "expect",
	"forwarded", "proxy-*", "x-forwarded-*",
	/* Some servers take these for the method or the path: it would be another than the rule allows. */
	"x-http-method*", "x-method-override", "x-original-*", "x-rewrite-*", NULL,
};

static const char *const not_down[] = {
	"connection", "keep-alive", "trailer", "transfer-encoding", "content-length", "upgrade", "proxy-*",
	"set-cookie", "set-cookie2", "alt-svc", "strict-transport-security", NULL,
};

bool
field_is(const char *name, size_t len, const char *text)
{
	return strlen(text) == len && strncasecmp(name, text, len) == 0;
}

/* Is it one of the list, where "x-*" is every name that begins so? */
static bool
is_one_of(const char *const list[], const char *name, size_t len)
{
	size_t i, n;

	for (i = 0; list[i] != NULL; i++) {
		n = strlen(list[i]);
		if (list[i][n - 1] == '*' ? len >= n - 1 && strncasecmp(name, list[i], n - 1) == 0 : field_is(name, len, list[i]))
			return true;
	}
	return false;
}

static bool
is_among(const char (*names)[RULE_NAME], size_t n, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (field_is(name, len, names[i]))
			return true;
	return false;
}

bool
field_is_credential(const char *name, size_t len)
{
	return is_one_of(credentials, name, len);
}

bool
field_for_upstream(const struct route *r, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < r->nauth; i++)
		if (field_is(name, len, r->auth[i].header))
			return false;
	return !is_one_of(credentials, name, len) && !is_one_of(not_up, name, len) &&
	    !(r->identity && field_is(name, len, "accept-encoding")) &&
	    !is_among(r->drop_request, r->ndrop_request, name, len);
}

bool
field_for_client(const struct route *r, const char *name, size_t len)
{
	return !is_one_of(not_down, name, len) && !is_among(r->drop_response, r->ndrop_response, name, len);
}

size_t
field_name_length(const char *line)
{
	size_t n = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"), i;

	if (n == 0 || line[n] != ':' || line[n + 1] != ' ')
		return 0;
	for (i = n + 2; line[i] != '\0'; i++)
		if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
			return 0;
	return n;
}
