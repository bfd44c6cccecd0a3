/* SPDX-License-Identifier: MIT */
#ifndef WX_PUBKEY_H
#define WX_PUBKEY_H

#include <stddef.h>

#define WX_PUBKEY_LINE_MAX 16384 /* bytes of one line, its end included */
#define WX_PUBKEY_RAW_MAX  8192  /* bytes of a key, decoded */

#define WX_FINGERPRINT     51    /* "SHA256:", 43 characters, NUL */

/* The fields of a public key line (sshd(8), AUTHORIZED_KEYS FILE FORMAT); they point into it. */
struct wx_pubkey {
	const char *type;
	size_t type_len;
	const char *blob;    /* base64; type and blob identify the key */
	size_t blob_len;
	const char *comment; /* without surrounding blanks; may be empty */
	size_t comment_len;
};

enum wx_pubkey_status {
	WX_PUBKEY_OK,
	WX_PUBKEY_EMPTY,
	WX_PUBKEY_PRIVATE, /* a private key, given by mistake: never show it */
	WX_PUBKEY_OPTIONS, /* options before the type, as in authorized_keys */
	WX_PUBKEY_TYPE,    /* a type that GitHub does not accept */
	WX_PUBKEY_BLOB,    /* not base64, or not a key of this type */
	WX_PUBKEY_LINES,   /* a second line, a NUL, a control character, too long */
};

/*
 * Parse LINE, of LEN bytes: type, key and comment, separated by blanks, with one LF or CRLF at the end or
 * none. Sets *OUT only if it returns WX_PUBKEY_OK. The types are those that GitHub accepts: ed25519,
 * ecdsa, rsa and the two of security keys; no certificates, no dsa. The comment may hold any byte
 * from 0x20 on except DEL: escape it before it reaches a terminal or JSON.
 */
enum wx_pubkey_status wx_pubkey_parse(const char *line, size_t len, struct wx_pubkey *out);

/* Return the reason, to follow "refusing 'FILE': ". It quotes nothing of the line. */
const char           *wx_pubkey_error(enum wx_pubkey_status status);

/* Store the fingerprint as OpenSSH prints it: "SHA256:" and unpadded base64. */
void                  wx_pubkey_fingerprint(const struct wx_pubkey *key, char out[static WX_FINGERPRINT]);

#endif
