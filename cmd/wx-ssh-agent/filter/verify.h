/* SPDX-License-Identifier: MIT */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdbool.h>

#include "libcommon/sshwire.h"

/* Have libcrypto ready, without its configuration: from then on it opens nothing. False where it will not. */
bool verify_begin(void);

/*
 * Is SIG (RFC 4253, section 6.6: the algorithm, the signature) one of DATA by the key KEY? Keys: ssh-ed25519, ecdsa of
 * the three curves, ssh-rsa of 2048 to 16384 bits by SHA-256 or SHA-512. Of any other kind, as a certificate or a key
 * in hardware, it is false.
 */
bool verify_signature(const struct wx_sshwire *key, const struct wx_sshwire *sig, const struct wx_sshwire *data);

#endif
