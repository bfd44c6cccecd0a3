/* SPDX-License-Identifier: MIT */
#ifndef PRIVKEY_H
#define PRIVKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/pubkey.h"

#define PRIVKEY_MAX 65536 /* bytes of a private key file */

enum privkey_status {
	PRIVKEY_OK,
	PRIVKEY_NONE,   /* no private key */
	PRIVKEY_OTHER,  /* in another format than OpenSSH's own, or of a type that is not ours to read */
	PRIVKEY_HANDLE, /* in a format by which something else than OpenSSL finds it: a TPM, a token */
	PRIVKEY_BAD,    /* one of OpenSSH's format, damaged */
	PRIVKEY_CRLF,   /* of privkey_sound: its lines end with CRLF, which ssh does not take */
	PRIVKEY_CUT,    /* likewise: its last line has no end, which ssh does not take either */
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
 * no copies. Of the private part only the length is looked at. What the text was decoded to is wiped.
 */
enum privkey_status privkey_parse(const char *text, size_t len, struct privkey *out);

/*
 * The same, and where the private part is not encrypted that is read as well, to the last byte;
 * CHECK is to say whether its numbers are those of the public half: TYPE is the key's, F what follows in PROTOCOL.key, as far
 * as there is such for the type; they are gone afterwards.
 */
#define PRIVKEY_FIELDS 6

struct privkey_field {
	const unsigned char *p;
	size_t len;
};

typedef bool privkey_check(const char *type, const struct privkey_field f[PRIVKEY_FIELDS]);

enum privkey_status privkey_sound(const char *text, size_t len, struct privkey *out, privkey_check *check);

#endif
