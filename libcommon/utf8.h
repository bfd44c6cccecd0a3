/* SPDX-License-Identifier: MIT */
#ifndef WX_UTF8_H
#define WX_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The length in bytes (1-4) of the UTF-8 character at S, of which LEN > 0 bytes
 * are there; 0 if it is not one: truncated, overlong, a surrogate, or above
 * U+10FFFF (RFC 3629, section 4).
 */
size_t wx_utf8_len(const char *s, size_t len);

/*
 * Does the character of N bytes at S do more on a terminal than to show itself:
 * a control (C0, DEL, C1), or one that is not seen and turns the order of the others?
 */
bool   wx_utf8_acts(const char *s, size_t n);

/* TEXT, with '?' in place of every such character, and of every byte that is no UTF-8. */
char  *wx_utf8_clean(char *text);

#endif
