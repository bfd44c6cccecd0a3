/* SPDX-License-Identifier: MIT */
#include "route.h"

#include <string.h>

#include "libcommon/http1.h"

static const char *const method_names[METHODS] = {
	[METHOD_GET] = "GET", [METHOD_HEAD] = "HEAD", [METHOD_POST] = "POST", [METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
};

int
rule_method(const char *s, size_t len)
{
	int m;

	for (m = 0; m < METHODS; m++)
		if (strlen(method_names[m]) == len && memcmp(method_names[m], s, len) == 0)
			return m;
	return -1;
}

const char *
rule_method_name(int method)
{
	return method_names[method];
}

const char *
rule_path_fault(const char *path)
{
	size_t i;

	for (i = 0; path[i] != '\0'; i++)
		if (path[i] <= 0x20 || path[i] >= 0x7f || path[i] == '?')
			return "it is not a path of plain ASCII";
	if (!wx_http1_path_plain(path, i))
		return "it is not a path, or one that can be read in two ways";
	return strstr(path, "**") != NULL ? "'**' is not a pattern" : NULL;
}

/*
 * Does the pattern match from S on, up to END or, with PREFIX, up to a '/'? There is one way back, to the
 * last '*': it takes one byte more, as long as that is no '/'.
 */
static bool
path_matches(const char *pattern, bool prefix, const char *s, const char *end)
{
	const char *star = NULL, *back = NULL;

	for (;;) {
		if (*pattern == '\0' && (s == end || (prefix && (*s == '/' || s[-1] == '/'))))
			return true;
		if (*pattern == '*' && s < end && *s != '/') {
			star = ++pattern;
			back = ++s;
		} else if (*pattern != '\0' && s < end && *pattern == *s) {
			pattern++;
			s++;
		} else if (star != NULL && back < end && *back != '/') {
			pattern = star;
			s = ++back;
		} else {
			return false;
		}
	}
}

/* Is the parameter of LEN bytes one that the rule lets through? */
static bool
param_allowed(const struct rule *r, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < r->nquery; i++)
		if (strlen(r->query[i]) == len && memcmp(r->query[i], s, len) == 0)
			return true;
	return false;
}

/* The query from S to END, without its '?'. Names are compared as they are: an escape in one is another name. */
static bool
query_allowed(const struct rule *r, const char *s, const char *end)
{
	const char *next, *name;

	if (r->any_query)
		return true;
	for (; s < end; s = next + 1) {
		next = memchr(s, '&', (size_t)(end - s));
		if (next == NULL)
			next = end;
		name = memchr(s, '=', (size_t)(next - s));
		if (memchr(s, ';', (size_t)(next - s)) != NULL ||
		    !param_allowed(r, s, (size_t)((name != NULL ? name : next) - s)))
			return false;
	}
	return true;
}

enum refusal
rule_find(const struct rule *rules, size_t n, int method, const char *target, size_t len, const struct rule **which)
{
	const char *end = target + len, *query = memchr(target, '?', len), *stop = query != NULL ? query : end;
	enum refusal why = RULE_PATH_NOT;
	size_t i;

	if (!wx_http1_path_plain(target, len))
		return RULE_TARGET;
	for (i = 0; i < n; i++) {
		if (!path_matches(rules[i].path, rules[i].prefix, target, stop))
			continue;
		if (method == -1 || (rules[i].methods & 1U << method) == 0) {
			why = why == RULE_QUERY_NOT ? why : RULE_METHOD_NOT;
			continue;
		}
		if (query != NULL && !query_allowed(&rules[i], query + 1, end)) {
			why = RULE_QUERY_NOT;
			continue;
		}
		*which = &rules[i];
		return RULE_OK;
	}
	return why;
}
