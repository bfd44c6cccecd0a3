/* SPDX-License-Identifier: MIT */
#include "key.h"

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

static bool
take_byte(struct cursor *c, unsigned char *b)
{
	if (c->p == c->end)
		return false;
	*b = *c->p++;
	return true;
}

/*
 * The base64 between the armour, without line ends. PRIVKEY_CRLF and PRIVKEY_CUT with it: ssh wants
 * each line of the armour to end with LF, the last one too.
 */
static enum privkey_status
take_armour(const char *text, size_t len, char *out, size_t *out_len)
{
	const char *s = text + strlen(BEGIN), *end;
	size_t n = 0;

	end = memmem(s, len - strlen(BEGIN), END, strlen(END));
	if (end == NULL)
		return PRIVKEY_BAD;
	for (; s < end; s++)
		if (*s != '\n' && *s != '\r')
			out[n++] = *s;
	*out_len = n;
	if (memchr(text, '\r', len) != NULL)
		return PRIVKEY_CRLF;
	if (end + strlen(END) == text + len)
		return PRIVKEY_CUT;
	return end[strlen(END)] == '\n' ? PRIVKEY_OK : PRIVKEY_BAD;
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

/* The strings of the private part before its comment, by the type of the key: how many there
 * are, with FLAGS a byte before the last two; the first SAME are those of the public part, which
 * has them in their order, or SWAPPED. */
struct layout {
	const char *type;
	int strings, same;
	bool flags, swapped;
};

static const struct layout layouts[] = {
	{ "ssh-ed25519", 2, 1, false, false },                       /* public, seed and public */
	{ "ssh-rsa", 6, 2, false, true },                            /* n e d iqmp p q; public: e n */
	{ "ecdsa-sha2-nistp256", 3, 2, false, false },               /* curve, point, number */
	{ "ecdsa-sha2-nistp384", 3, 2, false, false },
	{ "ecdsa-sha2-nistp521", 3, 2, false, false },
	{ "sk-ssh-ed25519@openssh.com", 4, 2, true, false },         /* public, application, handle, - */
	{ "sk-ecdsa-sha2-nistp256@openssh.com", 5, 3, true, false }, /* curve, point, the same */
};

/* N strings of the public part BLOB behind its type. */
static bool
public_strings(const struct cursor *blob, const unsigned char *s[static 3], size_t len[static 3], int n)
{
	struct cursor c = *blob;
	int i;

	for (i = 0; i < n; i++)
		if (!take_string(&c, &s[i], &len[i]))
			return false;
	return c.p == c.end;
}

/* All of the private part behind the type of the key: what it says of the public one is right. */
static bool
private_fields(struct cursor *c, const struct cursor *blob, const struct layout *l,
    struct privkey_field f[static PRIVKEY_FIELDS])
{
	const unsigned char *want[3] = { NULL };
	size_t want_len[3] = { 0 };
	unsigned char flags;
	int i, at;

	if (!public_strings(blob, want, want_len, l->same))
		return false;
	for (i = 0; i < l->strings; i++) {
		if (l->flags && i == l->strings - 2 && !take_byte(c, &flags))
			return false;
		if (!take_string(c, &f[i].p, &f[i].len))
			return false;
		at = l->swapped ? 1 - i : i;
		if (i < l->same && (want[at] == NULL || f[i].len != want_len[at] ||
		    memcmp(f[i].p, want[at], want_len[at]) != 0))
			return false;
	}
	return true;
}

static const struct layout *
layout_of(const unsigned char *type, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (strlen(layouts[i].type) == len && memcmp(layouts[i].type, type, len) == 0)
			return &layouts[i];
	return NULL;
}

/* Of the key whose public part is BLOB, in the clear, to its last byte (PROTOCOL.key). CHECK
 * has the last word. */
static bool
private_part(struct cursor c, struct cursor blob, privkey_check *check)
{
	struct privkey_field f[PRIVKEY_FIELDS];
	const unsigned char *type, *again, *s;
	size_t type_len, again_len, len, one, two;
	const struct layout *l;
	unsigned char pad, count = 0;

	if (!take_number(&c, &one) || !take_number(&c, &two) || one != two ||
	    !take_string(&blob, &type, &type_len) || !take_string(&c, &again, &again_len) ||
	    type_len != again_len || memcmp(type, again, type_len) != 0)
		return false;
	l = layout_of(type, type_len);
	/* Of a type that is not ours to read. */
	if (l == NULL)
		return true;
	if (!private_fields(&c, &blob, l, f) || !take_string(&c, &s, &len))
		return false;
	while (take_byte(&c, &pad))
		if (pad != ++count)
			return false;
	return check(l->type, f);
}

/* What OpenSSH encrypts with, in blocks of so many bytes; the tag that comes behind. */
struct cipher {
	const char *name;
	size_t block, tag;
};

static const struct cipher ciphers[] = {
	{ "aes256-ctr", 16, 0 }, { "aes256-cbc", 16, 0 }, { "aes192-ctr", 16, 0 }, { "aes192-cbc", 16, 0 },
	{ "aes128-ctr", 16, 0 }, { "aes128-cbc", 16, 0 }, { "aes256-gcm@openssh.com", 16, 16 },
	{ "aes128-gcm@openssh.com", 16, 16 }, { "chacha20-poly1305@openssh.com", 8, 16 }, { "3des-cbc", 8, 0 },
	{ "rijndael-cbc@lysator.liu.se", 16, 0 },
};

/* LEN encrypted bytes, and BEHIND more. */
static bool
whole_cipher(const char *name, size_t len, size_t behind)
{
	size_t i;

	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcmp(ciphers[i].name, name) == 0)
			return len % ciphers[i].block == 0 && behind == ciphers[i].tag;
	return false;
}

/* How a passphrase becomes the cipher's key: by bcrypt, with salt and rounds. */
static bool
take_kdf(struct cursor *c, bool encrypted)
{
	const char *want = encrypted ? "bcrypt" : "none";
	const unsigned char *name, *options, *salt;
	size_t name_len, len, salt_len, rounds;
	struct cursor in;

	if (!take_string(c, &name, &name_len) || !take_string(c, &options, &len) || name_len != strlen(want) ||
	    memcmp(name, want, name_len) != 0)
		return false;
	in = (struct cursor){ options, options + len };
	return !encrypted ? len == 0 : take_string(&in, &salt, &salt_len) && salt_len > 0 &&
	    take_number(&in, &rounds) && rounds > 0 && in.p == in.end;
}

static enum privkey_status
take_key(const unsigned char *raw, size_t raw_len, struct privkey *out, privkey_check *check)
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
	memcpy(out->cipher, cipher, cipher_len);
	out->cipher[cipher_len] = '\0';
	out->encrypted = strcmp(out->cipher, "none") != 0;
	if (!take_kdf(&c, out->encrypted))
		return PRIVKEY_BAD;
	if (!take_number(&c, &keys) || keys != 1 || !take_string(&c, &blob, &blob_len))
		return PRIVKEY_BAD;
	/* The private half; the tag of some ciphers follows it. */
	if (!take_string(&c, &s, &len) || len < 8)
		return PRIVKEY_BAD;
	if (out->encrypted ? !whole_cipher(out->cipher, len, (size_t)(c.end - c.p)) : c.p != c.end)
		return PRIVKEY_BAD;
	if (check != NULL && !out->encrypted &&
	    !private_part((struct cursor){ s, s + len }, (struct cursor){ blob, blob + blob_len }, check))
		return PRIVKEY_BAD;
	return public_line(blob, blob_len, out);
}

/* Of no key that OpenSSL writes as it is: what it names is in a chip, or elsewhere. */
static bool
is_handle(const char *text, size_t len)
{
	static const char *const software[] = { "", "RSA ", "EC ", "DSA ", "ENCRYPTED ", "OPENSSH " };
	char want[64];
	size_t i;
	int n;

	for (i = 0; i < sizeof(software) / sizeof(software[0]); i++) {
		n = snprintf(want, sizeof(want), "-----BEGIN %sPRIVATE KEY-----", software[i]);
		if (len >= (size_t)n && memcmp(text, want, (size_t)n) == 0)
			return false;
	}
	return true;
}

static enum privkey_status
other_format(const char *text, size_t len)
{
	if (len < 11 || memcmp(text, "-----BEGIN ", 11) != 0 || memmem(text, len, "PRIVATE KEY-----", 16) == NULL)
		return PRIVKEY_NONE;
	return is_handle(text, len) ? PRIVKEY_HANDLE : PRIVKEY_OTHER;
}

enum privkey_status
privkey_sound(const char *text, size_t len, struct privkey *out, privkey_check *check)
{
	static char armour[PRIVKEY_MAX];
	static unsigned char raw[PRIVKEY_MAX / 4 * 3];
	enum privkey_status ret;
	size_t n;
	ssize_t raw_len;

	if (len < strlen(BEGIN) || memcmp(text, BEGIN, strlen(BEGIN)) != 0)
		return other_format(text, len);
	if (len > PRIVKEY_MAX)
		return PRIVKEY_BAD;
	ret = take_armour(text, len, armour, &n);
	/* To read it, line ends are all the same. */
	if (ret == PRIVKEY_BAD || (check != NULL && ret != PRIVKEY_OK))
		return ret;
	raw_len = wx_base64_decode(armour, n, raw, sizeof(raw));
	ret = raw_len != -1 ? take_key(raw, (size_t)raw_len, out, check) : PRIVKEY_BAD;
	wx_wipe(armour, n);
	wx_wipe(raw, raw_len > 0 ? (size_t)raw_len : n / 4 * 3);
	return ret;
}

enum privkey_status
privkey_parse(const char *text, size_t len, struct privkey *out)
{
	return privkey_sound(text, len, out, NULL);
}
