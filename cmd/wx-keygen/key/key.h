/* SPDX-License-Identifier: MIT */
#ifndef KEY_H
#define KEY_H

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

#define SSHKEY_MAX 4096 /* bytes of the private file of an ed25519 key */

struct sshkey {
	char text[SSHKEY_MAX]; /* the private file, in OpenSSH's format */
	size_t len;
	struct privkey half;   /* its public half */
};

/* A new ed25519 key, encrypted if PASS is not NULL. Dies if it cannot be made. */
void sshkey_make(const char *pass, struct sshkey *out);

/*
 * Does PASS (NULL: none) open the private key TEXT, of which HALF is what it says
 * without? True or false; dies if its cipher is one that libssh cannot read. NAME is for that message.
 */
bool sshkey_opens(const char *text, const struct privkey *half, const char *pass, const char *name);

/*
 * The same key under another passphrase: OLD opens TEXT, NEW (NULL: none) will open
 * OUT, which has been tried. Dies if it cannot be done.
 */
void sshkey_change(const char *text, const struct privkey *half, const char *old, const char *new,
    struct sshkey *out);

/*
 * Have OpenSSL, on which libssh is built, begin with no more than a key wants, before libssh
 * uses it: no configuration, so that no module which a file names comes into the process that
 * holds a key; no texts of errors and no tables of old names; and random numbers straight from the
 * kernel. All of it together is four fifths of the instructions of a key. Any number of calls does
 * the same as one. False if OpenSSL will not.
 */
bool libcrypto_begin(void);

/* A privkey_check: are the numbers of an ed25519, RSA or ECDSA key those of its public half? Of
 * a key in hardware it is true. */
bool libcrypto_sound(const char *type, const struct privkey_field f[static PRIVKEY_FIELDS]);

#endif
