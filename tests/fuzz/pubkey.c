/* SPDX-License-Identifier: MIT */
/* The parser of a public key line, with what it promises. */
#include <stdint.h>

#include "libcommon/base64.h"
#include "libcommon/pubkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const char *line, size_t size, const struct wx_pubkey *key)
{
	unsigned char raw[WX_PUBKEY_RAW_MAX];
	char again[WX_BASE64_LEN(WX_PUBKEY_RAW_MAX) + 1];
	ssize_t n;

	if (key->type < line || key->type_len == 0 || key->blob < key->type + key->type_len + 1 ||
	    key->comment < key->blob + key->blob_len || key->comment + key->comment_len > line + size)
		abort();
	/* One text for one key: who compares the base64 compares the key. */
	n = wx_base64_decode(key->blob, key->blob_len, raw, sizeof(raw));
	if (n <= 0 || wx_base64_encode(raw, (size_t)n, again) != key->blob_len ||
	    memcmp(again, key->blob, key->blob_len) != 0)
		abort();
	/* It can be shown as one line. */
	if (memchr(key->comment, '\n', key->comment_len) != NULL ||
	    memchr(key->comment, '\0', key->comment_len) != NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The exact size, so that the sanitizer sees a read behind it. */
	char *line = malloc(size > 0 ? size : 1);
	struct wx_pubkey key;
	enum wx_pubkey_status got;

	if (line == NULL)
		return 0;
	memcpy(line, data, size);
	got = wx_pubkey_parse(line, size, &key);
	if (got == WX_PUBKEY_OK)
		check(line, size, &key);
	if (wx_pubkey_error(got)[0] == '\0')
		abort();
	free(line);
	return 0;
}
