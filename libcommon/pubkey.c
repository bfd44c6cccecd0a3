/* SPDX-License-Identifier: MIT */
#include "libcommon/pubkey.h"

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base64.h"
#include "libcommon/sha256.h"
#include "libcommon/sshwire.h"

/*
 * A key is so many strings, each behind its length (RFC 4253, section 6.6; RFC
 * 5656; RFC 8709; OpenSSH's PROTOCOL.u2f). The first is the type, the second is
 * of SECOND_LEN bytes, or the text SECOND, where these are given.
 */
static const struct type {
	const char *name;
	size_t strings;
	size_t second_len;
	const char *second;
} types[] = {
	{ "ssh-ed25519",                        2, 32, NULL },
	{ "ssh-rsa",                            3, 0,  NULL },
	{ "ecdsa-sha2-nistp256",                3, 8,  "nistp256" },
	{ "ecdsa-sha2-nistp384",                3, 8,  "nistp384" },
	{ "ecdsa-sha2-nistp521",                3, 8,  "nistp521" },
	{ "sk-ssh-ed25519@openssh.com",         3, 32, NULL },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", 4, 8,  "nistp256" },
};

/* How a private key shows itself: armour of PEM and RFC 4716, PuTTY's, and base64 of "openssh-key-v1". */
static const char *const private_marks[] = {
	"PRIVATE KEY-----", "PRIVATE KEY ----", "PuTTY-User-Key-File-", "b3BlbnNzaC1rZXktdjEA",
};

static bool
is_private(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(private_marks) / sizeof(private_marks[0]); i++)
		if (memmem(s, len, private_marks[i], strlen(private_marks[i])) != NULL)
			return true;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const struct type *
type_of(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == len && memcmp(types[i].name, s, len) == 0)
			return &types[i];
	return NULL;
}

/* The word at *S before END, and *S moved behind it and the blanks that follow. */
static const char *
word(const char **s, const char *end, size_t *len)
{
	const char *start = *s, *p = start;

	while (p < end && !is_blank(*p))
		p++;
	*len = (size_t)(p - start);
	while (p < end && is_blank(*p))
		p++;
	*s = p;
	return start;
}

/* Is a later word a type? Then what stands before it are options. */
static bool
type_follows(const char *s, const char *end)
{
	const char *w;
	size_t len;

	while (s < end) {
		w = word(&s, end, &len);
		if (type_of(w, len) != NULL)
			return true;
	}
	return false;
}

/* Is RAW of LEN bytes a key of the type T, and nothing more? */
static bool
key_ok(const struct type *t, const unsigned char *raw, size_t len)
{
	struct wx_sshwire r = { .p = raw, .len = len }, s;
	size_t i;

	for (i = 0; i < t->strings; i++) {
		if (!wx_sshwire_string(&r, &s) || s.len == 0)
			return false;
		if (i == 0 && type_of((const char *)s.p, s.len) != t)
			return false;
		if (i == 1 && t->second_len != 0 && s.len != t->second_len)
			return false;
		if (i == 1 && t->second != NULL && memcmp(s.p, t->second, s.len) != 0)
			return false;
	}
	return r.len == 0;
}

static bool
blob_ok(const struct type *t, const char *blob, size_t len)
{
	unsigned char raw[WX_PUBKEY_RAW_MAX];
	ssize_t n = wx_base64_decode(blob, len, raw, sizeof(raw));

	return n != -1 && key_ok(t, raw, (size_t)n);
}

static bool
one_line(const char *s, const char *end)
{
	for (; s < end; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

enum wx_pubkey_status
wx_pubkey_parse(const char *line, size_t len, struct wx_pubkey *out)
{
	const char *s = line, *end = line + len;
	const struct type *type;
	struct wx_pubkey key;

	if (is_private(line, len))
		return WX_PUBKEY_PRIVATE;
	if (len > WX_PUBKEY_LINE_MAX)
		return WX_PUBKEY_LINES;
	if (end > s && end[-1] == '\n')
		end -= end - s > 1 && end[-2] == '\r' ? 2 : 1;
	if (!one_line(s, end))
		return WX_PUBKEY_LINES;
	while (s < end && is_blank(*s))
		s++;
	while (s < end && is_blank(end[-1]))
		end--;
	if (s == end)
		return WX_PUBKEY_EMPTY;
	key.type = word(&s, end, &key.type_len);
	type = type_of(key.type, key.type_len);
	if (type == NULL)
		return type_follows(s, end) ? WX_PUBKEY_OPTIONS : WX_PUBKEY_TYPE;
	key.blob = word(&s, end, &key.blob_len);
	if (!blob_ok(type, key.blob, key.blob_len))
		return WX_PUBKEY_BLOB;
	key.comment = s;
	key.comment_len = (size_t)(end - s);
	*out = key;
	return WX_PUBKEY_OK;
}

const char *
wx_pubkey_error(enum wx_pubkey_status status)
{
	switch (status) {
	case WX_PUBKEY_OK:
		return "it is a public key";
	case WX_PUBKEY_EMPTY:
		return "it is empty, and not a public key";
	case WX_PUBKEY_PRIVATE:
		return "it holds a private key; give the public half, the file that ends in .pub";
	case WX_PUBKEY_OPTIONS:
		return "options stand before the type of the key; leave them out";
	case WX_PUBKEY_TYPE:
		return "no public key of a known type: ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, "
		    "-384, -521, or one of a security key (sk-...)";
	case WX_PUBKEY_BLOB:
		return "the key is damaged: no base64, or not of the type that stands before it";
	case WX_PUBKEY_LINES:
		return "it is not one line of printable text";
	}
	return "it is not a public key";
}

void
wx_pubkey_fingerprint(const struct wx_pubkey *key, char out[static WX_FINGERPRINT])
{
	unsigned char raw[WX_PUBKEY_RAW_MAX], hash[WX_SHA256_LEN];
	char text[WX_BASE64_LEN(WX_SHA256_LEN) + 1];
	ssize_t n = wx_base64_decode(key->blob, key->blob_len, raw, sizeof(raw));

	/* It was decoded once, or it would not be here. */
	wx_sha256(raw, n > 0 ? (size_t)n : 0, hash);
	(void)wx_base64_encode(hash, sizeof(hash), text);
	(void)snprintf(out, WX_FINGERPRINT, "SHA256:%.43s", text);
}
