/* SPDX-License-Identifier: MIT */
#include "privkey.h"

#include <stdint.h>

#include "libcommon/base64.h"
#include "libcommon/proc.h"

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define END   "-----END OPENSSH PRIVATE KEY-----"
#define MAGIC "openssh-key-v1" /* its NUL is part of it */

struct cursor {
	const unsigned char *p, *end;
};

/* A number of 32 bits, or false. */
static bool
take_number(struct cursor *c, size_t *n)
{
	if (c->end - c->p < 4)
		return false;
	*n = (size_t)c->p[0] << 24 | (size_t)c->p[1] << 16 | (size_t)c->p[2] << 8 | c->p[3];
	c->p += 4;
	return true;
}

/* A string behind its length: *S and *LEN, or false. */
static bool
take_string(struct cursor *c, const unsigned char **s, size_t *len)
{
	if (!take_number(c, len) || *len > (size_t)(c->end - c->p))
		return false;
	*s = c->p;
	c->p += *len;
	return true;
}

/* The base64 between the armour, without line ends; false if there is no such thing. */
static bool
take_armour(const char *text, size_t len, char *out, size_t *out_len)
{
	const char *s = text + strlen(BEGIN), *end;
	size_t n = 0;

	end = memmem(s, len - strlen(BEGIN), END, strlen(END));
	if (end == NULL)
		return false;
	for (; s < end; s++)
		if (*s != '\n' && *s != '\r')
			out[n++] = *s;
	*out_len = n;
	return true;
}

/* BLOB as a public key line. */
static enum privkey_status
public_line(const unsigned char *blob, size_t len, struct privkey *out)
{
	struct cursor c = { blob, blob + len };
	const unsigned char *type;
	size_t type_len;
	int n;

	if (len > WX_PUBKEY_RAW_MAX || !take_string(&c, &type, &type_len) || type_len > 64)
		return PRIVKEY_BAD;
	n = snprintf(out->public, sizeof(out->public), "%.*s ", (int)type_len, (const char *)type);
	out->public_len = (size_t)n + wx_base64_encode(blob, len, out->public + n);
	switch (wx_pubkey_parse(out->public, out->public_len, &out->key)) {
	case WX_PUBKEY_OK:
		return PRIVKEY_OK;
	case WX_PUBKEY_TYPE:
		return PRIVKEY_OTHER;
	case WX_PUBKEY_EMPTY:
	case WX_PUBKEY_PRIVATE:
	case WX_PUBKEY_OPTIONS:
	case WX_PUBKEY_BLOB:
	case WX_PUBKEY_LINES:
		break;
	}
	return PRIVKEY_BAD;
}

static enum privkey_status
take_key(const unsigned char *raw, size_t raw_len, struct privkey *out)
{
	struct cursor c = { raw, raw + raw_len };
	const unsigned char *cipher, *s, *blob;
	size_t cipher_len, len, keys, blob_len;

	if (raw_len < sizeof(MAGIC) || memcmp(raw, MAGIC, sizeof(MAGIC)) != 0)
		return PRIVKEY_BAD;
	c.p += sizeof(MAGIC);
	if (!take_string(&c, &cipher, &cipher_len) || cipher_len == 0 || cipher_len >= sizeof(out->cipher) ||
	    memchr(cipher, '\0', cipher_len) != NULL)
		return PRIVKEY_BAD;
	/* The function that makes the cipher's key of a passphrase, and its options. */
	if (!take_string(&c, &s, &len))
		return PRIVKEY_BAD;
	if (!take_string(&c, &s, &len))
		return PRIVKEY_BAD;
	if (!take_number(&c, &keys) || keys != 1 || !take_string(&c, &blob, &blob_len))
		return PRIVKEY_BAD;
	/* The private half; the tag of some ciphers follows it. */
	if (!take_string(&c, &s, &len) || len < 8)
		return PRIVKEY_BAD;
	memcpy(out->cipher, cipher, cipher_len);
	out->cipher[cipher_len] = '\0';
	out->encrypted = strcmp(out->cipher, "none") != 0;
	if (!out->encrypted && c.p != c.end)
		return PRIVKEY_BAD;
	return public_line(blob, blob_len, out);
}

enum privkey_status
privkey_parse(const char *text, size_t len, struct privkey *out)
{
	static char armour[PRIVKEY_MAX];
	static unsigned char raw[PRIVKEY_MAX / 4 * 3];
	enum privkey_status ret = PRIVKEY_BAD;
	size_t n;
	ssize_t raw_len;

	if (len < strlen(BEGIN) || memcmp(text, BEGIN, strlen(BEGIN)) != 0)
		return len >= 11 && memcmp(text, "-----BEGIN ", 11) == 0 &&
		    memmem(text, len, "PRIVATE KEY-----", 16) != NULL ? PRIVKEY_OTHER : PRIVKEY_NONE;
	if (len > PRIVKEY_MAX || !take_armour(text, len, armour, &n))
		return PRIVKEY_BAD;
	raw_len = wx_base64_decode(armour, n, raw, sizeof(raw));
	if (raw_len != -1)
		ret = take_key(raw, (size_t)raw_len, out);
	wx_wipe(armour, n);
	wx_wipe(raw, raw_len > 0 ? (size_t)raw_len : n / 4 * 3);
	return ret;
}
