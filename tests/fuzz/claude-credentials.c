/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* The parser of Claude's credentials file, with what it promises. */
#include "cmd/wx-token-env/claude.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The exact size, so that the sanitizer sees a read behind the NUL. */
	char *text = malloc(size + 1);
	static char value[64];
	const char *why = NULL;
	int64_t expires = -2;
	enum claude got;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	got = claude_parse(text, size, value, sizeof(value), &expires, &why);
	if (got == CLAUDE_TOKEN && (expires < -1 || expires > 253402300799 || value[0] == '\0' ||
	    memchr(value, '\0', sizeof(value)) == NULL))
		abort();
	if (got == CLAUDE_BAD && why == NULL)
		abort();
	free(text);
	return 0;
}
