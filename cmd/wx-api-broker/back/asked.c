/* SPDX-License-Identifier: MIT */
#include "asked.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "route/route.h"

/* Is no byte of it a space, a control, or beyond ASCII? */
static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= 0x20 || *s >= 0x7f)
			return false;
	return true;
}

const char *
asked_read(struct link *l, const struct route *routes, size_t nroutes)
{
	const struct rule *rule = NULL;
	int64_t route;
	size_t n;
	int m;

	l->asked.at = 1;
	route = frame_number(&l->asked);
	l->length = frame_number(&l->asked);
	l->method = frame_string(&l->asked);
	l->path = frame_string(&l->asked);
	if (l->asked.bad || route < 0 || route >= (int64_t)nroutes || l->length < FRAME_NONE || l->method == NULL || l->path == NULL)
		return "sends what is no request";
	l->route = &routes[route];
	m = rule_method(l->method, strlen(l->method));
	if (!is_plain(l->path) || strlen(l->path) > 8192 ||
	    rule_find(l->route->rules, l->route->nrules, m, l->path, strlen(l->path), &rule) != RULE_OK ||
	    l->length > (int64_t)l->route->body)
		return "asks for what is not allowed";
	l->open = rule->open;
	for (l->nfields = 0; (l->fields[l->nfields] = frame_string(&l->asked)) != NULL; l->nfields++) {
		n = field_name_length(l->fields[l->nfields]);
		if (n == 0 || !field_for_upstream(l->route, l->fields[l->nfields], n) || l->nfields == sizeof(l->fields) / sizeof(*l->fields) - 1)
			return "sends a field that it may not";
	}
	if (l->route->identity)
		l->fields[l->nfields++] = "Accept-Encoding: identity";
	return l->asked.bad ? "sends what is no request" : NULL;
}

bool
asked_secret(const struct link *l, const struct auth *a, char *out, size_t cap)
{
	const char *hole = strstr(a->format, "{}");
	size_t i, n = strlen(a->agent);
	bool agent = n == 0;

	for (i = 0; i < l->nfields && !agent; i++)
		agent = strncasecmp(l->fields[i], "user-agent: ", 12) == 0 && strncmp(l->fields[i] + 12, a->agent, n) == 0;
	(void)snprintf(out, cap, "%s: %.*s%s%s", a->header, (int)(hole - a->format), a->format, l->value->text, hole + 2);
	return agent;
}
