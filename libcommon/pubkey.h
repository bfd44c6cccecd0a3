/* SPDX-License-Identifier: MIT */
#ifndef WX_PUBKEY_H
#define WX_PUBKEY_H

#include <stddef.h>

#define WX_PUBKEY_LINE_MAX 16384 /* bytes of one line, its end included */
#define WX_PUBKEY_RAW_MAX  8192  /* bytes of a key, decoded */

#define WX_FINGERPRINT     51    /* "SHA256:", 43 characters, NUL */

/* The parts of a line of OpenSSH's (sshd(8)); they point into it. */
struct wx_pubkey {
	const char *type;
	size_t type_len;
	const char *blob;    /* base64: with the type it is what the key is known by */
	size_t blob_len;
	const char *comment; /* without blanks around it; may be empty */
	size_t comment_len;
};

enum wx_pubkey_status {
	WX_PUBKEY_OK,
	WX_PUBKEY_EMPTY,
	WX_PUBKEY_PRIVATE, /* a private key was given by mistake: never show it */
	WX_PUBKEY_OPTIONS, /* options, as in authorized_keys, before the type */
	WX_PUBKEY_TYPE,    /* no type that GitHub accepts */
	WX_PUBKEY_BLOB,    /* not base64, or what it holds is no key of this type */
	WX_PUBKEY_LINES,   /* a second line, a NUL, a control character, too long */
};

/*
 * Take LINE of LEN bytes apart: type, key, comment, with blanks between, and one
 * line end, LF or CRLF, or none. OUT is set only if it is WX_PUBKEY_OK. The types
 * are those that GitHub accepts: ed25519, ecdsa, rsa, and the two of security
 * keys; no certificates, no dsa. A comment may be any bytes from blank on, DEL
 * excepted: escape it before a terminal or JSON sees it.
 */
enum wx_pubkey_status wx_pubkey_parse(const char *line, size_t len, struct wx_pubkey *out);

/* Why not, to go behind "refusing 'FILE': "; it shows nothing of the line. */
const char           *wx_pubkey_error(enum wx_pubkey_status status);

/* Its fingerprint, as OpenSSH and GitHub print it: "SHA256:" and base64 without padding. */
void                  wx_pubkey_fingerprint(const struct wx_pubkey *key, char out[static WX_FINGERPRINT]);

#endif
