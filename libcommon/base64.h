/* SPDX-License-Identifier: MIT */
#ifndef WX_BASE64_H
#define WX_BASE64_H

#include <stddef.h>
#include <sys/types.h>

/* Length of the padded encoding of LEN bytes, without the NUL. */
#define WX_BASE64_LEN(len) (((len) + 2) / 3 * 4)

/*
 * Decode LEN characters of base64 (RFC 4648, section 4) into OUT, of CAP bytes. Strict: padding is required,
 * white space is refused, and unused bits must be zero, so that no two texts decode to the same bytes.
 * Returns the number of bytes, or -1 with errno: EINVAL, or EMSGSIZE if CAP is too small. No
 * table lookup depends on the data, which may be a secret.
 */
ssize_t wx_base64_decode(const char *s, size_t len, unsigned char *out, size_t cap);

/* Encode LEN bytes, padded, into OUT, of WX_BASE64_LEN(LEN) + 1 bytes. Returns the length without the NUL. */
size_t  wx_base64_encode(const unsigned char *s, size_t len, char *out);

#endif
