/* SPDX-License-Identifier: MIT */
/* gh's hosts.yml. */
#include <stdint.h>

#include "cmd/wx-deploykey-push/token/hostsyml.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), token[32];
	enum hostsyml got;
	size_t line = 0;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	got = hostsyml_token(text, size, "h:1", token, sizeof(token), &line);
	/* A token is words of the file, behind the name of the host. */
	if (got == HOSTSYML_TOKEN && (token[0] == '\0' || strlen(token) >= sizeof(token) ||
	    memmem(text, size, token, strlen(token)) == NULL || memmem(text, size, "h:1", 3) == NULL))
		abort();
	if (got == HOSTSYML_BAD && (line < 1 || line > size + 1))
		abort();
	free(text);
	return 0;
}
