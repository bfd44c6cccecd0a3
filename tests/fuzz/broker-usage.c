/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* What an answer used, read as a whole and in two parts: the same. */
#include <assert.h>
#include <stdint.h>

#include "cmd/wx-api-broker/route/json.c"
#include "cmd/wx-api-broker/route/usage.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { "text/event-stream", "application/json; charset=utf-8", "text/plain", NULL };
	const char *text = (const char *)data + 2;
	struct meter one, two;
	size_t cut;

	if (size < 3)
		return 0;
	cut = data[1] % (size - 2);
	usage_begin(&one, (enum shape)(data[0] & 3), types[data[0] >> 2 & 3]);
	two = one;
	usage_add(&one, text, size - 2);
	usage_end(&one);
	usage_add(&two, text, cut);
	usage_add(&two, text + cut, size - 2 - cut);
	usage_end(&two);
	assert(memcmp(&one.usage, &two.usage, sizeof(one.usage)) == 0 && one.buf == NULL);
	assert(one.usage.input >= -1 && one.usage.output >= -1 && strlen(one.usage.model) < USAGE_MODEL);
	(void)usage_tokens(&one.usage);
	return 0;
}
