/* SPDX-License-Identifier: MIT */
#ifndef WX_UTF8_H
#define WX_UTF8_H

#include <stddef.h>

/*
 * The length in bytes (1-4) of the UTF-8 character at S, of which LEN > 0 bytes
 * are there; 0 if it is not one: truncated, overlong, a surrogate, or above
 * U+10FFFF (RFC 3629, section 4).
 */
size_t wx_utf8_len(const char *s, size_t len);

#endif
