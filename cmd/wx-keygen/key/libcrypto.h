/* SPDX-License-Identifier: MIT */
#ifndef LIBCRYPTO_H
#define LIBCRYPTO_H

#include <stdbool.h>

#include "privkey.h"

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
