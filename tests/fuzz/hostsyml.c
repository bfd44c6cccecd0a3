/* SPDX-License-Identifier: MIT */
/* The files of gh, glab and tea. */
#include <stdint.h>

#include "cmd/wx-deploykey-push/token/hostsyml.c"
#include "cmd/wx-deploykey-push/token/teayml.c"
#include "cmd/wx-deploykey-push/token/yamlline.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef enum hostsyml reader(const char *text, size_t len, const char *host, char *token, size_t cap, size_t *line);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static reader *const readers[] = { hostsyml_token, hostsyml_glab, teayml_token };
	char *text = malloc(size + 1), token[32];
	enum hostsyml got;
	size_t line = 0, i;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		got = readers[i](text, size, "h:1", token, sizeof(token), &line);
		/* A token is words of the file, behind the name of the host or before it. */
		if (got == HOSTSYML_TOKEN && (token[0] == '\0' || strlen(token) >= sizeof(token) ||
		    memmem(text, size, token, strlen(token)) == NULL || (i < 2 && memmem(text, size, "h:1", 3) == NULL)))
			abort();
		if (got == HOSTSYML_BAD && (line < 1 || line > size + 1))
			abort();
	}
	free(text);
	return 0;
}
