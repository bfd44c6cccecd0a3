/* SPDX-License-Identifier: MIT */
/*
 * A record of wx-log's as somebody left it: it is verified, and its last line read as when one is appended. What verifies
 * is what wx-log would have written: each of its lines again, from the first.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cmd/wx-log/json.c"
#include "cmd/wx-log/chain.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With a key in front so that hashes can be right: the first byte says how many lines of wx-log's come before DATA. */
static size_t
good_lines(char *out, size_t cap, int n, struct head *h)
{
	size_t at = 0;

	chain_begin(h);
	while (n-- > 0)
		at += chain_make(h, "{\"n\":[1,\"x\"]}", 13, out + at, cap - at);
	return at;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[8192 + 4096];
	char prev[CHAIN_HASH];
	struct head h, reached;
	const char *why;
	uint64_t n;
	size_t len;
	FILE *fp;

	(void)json_object((const char *)data, size);
	if (size == 0 || size > 4096)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	(void)chain_read(text, size, &n, prev);
	len = good_lines(text, sizeof(text), data[0] % 8, &h);
	memcpy(text + len, data + 1, size - 1);
	fp = fmemopen(text, len + size - 1 == 0 ? 1 : len + size - 1, "r");
	assert(fp != NULL);
	why = chain_verify(fp, 0, &reached);
	(void)fclose(fp);
	/* What was good stays good, and what follows cannot have its hash. */
	assert(reached.count >= h.count);
	if (reached.count == h.count)
		assert(strcmp(reached.hash, h.hash) == 0);
	if (why == NULL && size > 1 && len > 0)
		assert(reached.count > h.count);
	return 0;
}
