/* SPDX-License-Identifier: MIT */
/* wx-keygen's reader of private key files, with what it promises. */
#include <stdint.h>

#include "cmd/wx-keygen/key/privkey.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes between the armour, so that the fuzzer need not learn base64. */
static size_t
armoured(const uint8_t *data, size_t size, char *out)
{
	size_t n = (size_t)snprintf(out, 64, "%s\n", BEGIN);

	n += wx_base64_encode(data, size, out + n);
	return n + (size_t)snprintf(out + n, 64, "\n%s\n", END);
}

/* Every byte of every field may be read. */
static bool
read_all(const char *type, const struct privkey_field f[static PRIVKEY_FIELDS])
{
	static volatile unsigned char seen;
	int fields = strcmp(type, "ssh-rsa") == 0 ? 6 : strcmp(type, "ssh-ed25519") == 0 ? 2 : 3, i;
	size_t j;

	for (i = 0; i < fields; i++)
		for (j = 0; j < f[i].len; j++)
			seen ^= f[i].p[j];
	return (seen & 1) == 0;
}

static void
check(const char *text, size_t size)
{
	static struct privkey key;
	enum privkey_status got = privkey_parse(text, size, &key), sound;
	struct wx_pubkey again;

	if (privkey_parse(text, size, &key) != got)
		abort();
	/* The same, or what it thinks of the private part. */
	sound = privkey_sound(text, size, &key, read_all);
	(void)privkey_parse(text, size, &key);
	if (sound != got && sound != PRIVKEY_CRLF && sound != PRIVKEY_CUT &&
	    (sound != PRIVKEY_BAD || (got == PRIVKEY_OK && key.encrypted)))
		abort();
	if (got != PRIVKEY_OK)
		return;
	if (wx_pubkey_parse(key.public, key.public_len, &again) != WX_PUBKEY_OK ||
	    again.blob != key.key.blob || again.comment_len != 0)
		abort();
	if (key.encrypted != (strcmp(key.cipher, "none") != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(WX_BASE64_LEN(size) + 129);
	size_t n;

	if (text == NULL)
		return 0;
	n = armoured(data, size, text);
	text = realloc(text, n);
	check(text, n);
	free(text);
	/* The exact size, so that the sanitizer sees a read behind it. */
	text = malloc(size > 0 ? size : 1);
	memcpy(text, data, size);
	check(text, size);
	free(text);
	return 0;
}
