/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson libpsl */
/* Entries and a wish, on lines: decide() allows nothing but what a reader of twenty lines finds an entry for. */
#include <stdint.h>

#include "cmd/wx-egress/policy/decide.c"
#include "cmd/wx-egress/policy/suffix.c"
#include "cmd/wx-egress/policy/policy.c"
#include "cmd/wx-egress/policy/reason.c"
#include "cmd/wx-egress/policy/entry.c"
#include "cmd/wx-egress/policy/group.c"
#include "cmd/wx-egress/policy/json.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fault(const char *text, void *user)
{
	(void)user;
	if (*text == '\0' || strchr(text, '\n') != NULL)
		abort();
}

/* The reference: does the line ENTRY, whose host is before the first colon or blank, cover NAME? */
static bool
covered(const char *entry, const char *name)
{
	char host[512];
	size_t n;

	entry += strspn(entry, " \t");
	n = strcspn(entry, *entry == '[' ? "]" : ": \t");
	if (n == 0 || n >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)n, entry + (*entry == '['));
	if (*entry == '[')
		host[n - 1] = '\0';
	if (host[0] != '\0' && host[strlen(host) - 1] == '.')
		host[strlen(host) - 1] = '\0';
	if (host[0] == '*')
		return strlen(name) > strlen(host + 1) && strcasecmp(name + strlen(name) - strlen(host + 1), host + 1) == 0;
	if (strchr(host, ':') != NULL)
		return strchr(name, ':') != NULL;
	return strcasecmp(host, name) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *line, *next, *wish = NULL;
	struct wish w = { .port = 443 };
	struct policy p;
	struct verdict v;
	bool found = false;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	policy_init(&p);
	/* The first line is the wish. */
	wish = text;
	line = strchr(text, '\n');
	if (line != NULL)
		*line++ = '\0';
	w.host = wish;
	w.len = strlen(wish);
	decide(&p, &w, &v);
	if (v.reason == REASON_ALLOWED)
		abort();
	for (; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (*line == '@' || *line == '{')
			continue;
		if (policy_add(&p, false, line, fault, NULL) && v.name[0] != '\0')
			found |= covered(line, v.name);
	}
	decide(&p, &w, &v);
	if (v.reason == REASON_ALLOWED && (!found || v.entry == NULL))
		abort();
	policy_free(&p);
	free(text);
	return 0;
}
