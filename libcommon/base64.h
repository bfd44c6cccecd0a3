/* SPDX-License-Identifier: MIT */
#ifndef WX_BASE64_H
#define WX_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Characters that LEN bytes take, padded, without the NUL. */
#define WX_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/*
 * Decode LEN characters of base64 (RFC 4648, section 4) to OUT, which takes CAP
 * bytes. Strict: padded, no white space, and no bits set that are cut off, so
 * that no two texts decode to the same bytes. The number of bytes, or -1 with
 * errno: EINVAL, or EMSGSIZE if CAP is too small. No table is indexed by what
 * is decoded, which may be a secret.
 */
ssize_t wx_base64_decode(const char *s, size_t len, unsigned char *out, size_t cap);

/* Encode LEN bytes, padded; OUT takes WX_BASE64_LEN(LEN) + 1. Its length. */
size_t  wx_base64_encode(const unsigned char *s, size_t len, char *out);

#endif
