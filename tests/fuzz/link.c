/* SPDX-License-Identifier: MIT */
/* The Link header, and whether where it leads is of the origin. */
#include <stdint.h>

#include "cmd/wx-deploykey-push/forge/link.c"

#include "cmd/wx-deploykey-push/forge/host.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
place(struct host *h, bool port_given)
{
	(void)port_given;
	host_own_api(h, "/api");
	return NULL;
}

static const struct forge forge = { .place = place };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), next[128];
	struct host h;
	const char *path;

	if (text == NULL || host_set(&h, &forge, "git.example:8443") != NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (link_next(text, next, sizeof(next)) == LINK_NEXT) {
		if (next[0] == '\0' || strpbrk(next, "<> \t") != NULL || strstr(text, next) == NULL)
			abort();
		(void)link_page(next);
		path = host_path(&h, next);
		/* Of the origin, by another way to say so. */
		if (path != NULL && (path[0] != '/' || path[1] == '/' ||
		    (path != next && (path - next != 24 || strncasecmp(next, "https://git.example:8443", 24) != 0))))
			abort();
	}
	(void)host_web_url(&h, text);
	/* What is a host stays one, in its own words. */
	if (host_set(&h, &forge, text) == NULL) {
		struct host again;

		if (host_set(&again, &forge, h.name) != NULL || strcmp(again.authority, h.authority) != 0)
			abort();
	}
	free(text);
	return 0;
}
