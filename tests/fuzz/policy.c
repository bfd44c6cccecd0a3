/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson libpsl */
/* A policy in JSON: what is taken can be shown, and what is shown is taken. */
#include <stdint.h>

#include "cmd/wx-egress/policy/decide.c"
#include "cmd/wx-egress/policy/suffix.c"
#include "cmd/wx-egress/policy/policy.c"
#include "cmd/wx-egress/policy/reason.c"
#include "cmd/wx-egress/policy/entry.c"
#include "cmd/wx-egress/policy/group.c"
#include "cmd/wx-egress/policy/json.c"
#include "cmd/wx-egress/policy/show.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fault(const char *text, void *user)
{
	(void)user;
	if (*text == '\0')
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *shown;
	struct policy p, again;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	/* Groups are files: none is read here. */
	if (memchr(text, '@', size) != NULL) {
		free(text);
		return 0;
	}
	policy_init(&p);
	if (policy_read(&p, text, size, fault, NULL)) {
		shown = policy_json(&p);
		policy_init(&again);
		if (shown == NULL || !policy_read(&again, shown, strlen(shown), fault, NULL) || again.allow.n != p.allow.n ||
		    again.deny.n != p.deny.n || again.nforward != p.nforward)
			abort();
		policy_free(&again);
		free(shown);
	}
	(void)policy_check(&p, fault, NULL);
	policy_free(&p);
	free(text);
	return 0;
}
