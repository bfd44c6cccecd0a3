/* SPDX-License-Identifier: MIT */
#ifndef WX_UTF8_H
#define WX_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Return the length (1-4) of the UTF-8 character at S, of which LEN > 0 bytes are readable; 0 if it is
 * invalid: truncated, overlong, a surrogate, or above U+10FFFF (RFC 3629, section 4).
 */
size_t wx_utf8_len(const char *s, size_t len);

/*
 * Return whether the character of N bytes at S acts on a terminal instead of being shown: a control character (C0, DEL,
 * C1), or an invisible one that changes the direction of text.
 */
bool   wx_utf8_acts(const char *s, size_t n);

/* Replace every such character in TEXT, and every invalid UTF-8 byte, by '?'. Returns TEXT. */
char  *wx_utf8_clean(char *text);

#endif
