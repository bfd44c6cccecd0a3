/* SPDX-License-Identifier: MIT */
#ifndef PRIVKEY_H
#define PRIVKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/pubkey.h"

#define PRIVKEY_MAX 65536 /* bytes of a private key file */

enum privkey_status {
	PRIVKEY_OK,
	PRIVKEY_NONE,  /* no private key */
	PRIVKEY_OTHER, /* in another format than OpenSSH's own, or of a type that is not ours to read */
	PRIVKEY_BAD,   /* one of OpenSSH's format, damaged */
};

/* What a private key file says without its passphrase. */
struct privkey {
	char public[WX_PUBKEY_LINE_MAX]; /* the public half: type, blank, base64 */
	size_t public_len;
	struct wx_pubkey key;            /* the same, taken apart */
	char cipher[64];
	bool encrypted;
};

/*
 * Read TEXT of LEN bytes, the contents of a private key file (OpenSSH's
 * PROTOCOL.key). OUT holds something only if it is PRIVKEY_OK, and points into itself:
 * no copies. What the text was decoded to is wiped.
 */
enum privkey_status privkey_parse(const char *text, size_t len, struct privkey *out);

#endif
