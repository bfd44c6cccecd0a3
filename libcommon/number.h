/* SPDX-License-Identifier: MIT */
#ifndef WX_NUMBER_H
#define WX_NUMBER_H

#include <stdint.h>

/*
 * Return the decimal number S, 1 to 7 digits and nothing else, if it is in LEAST..MOST (neither negative);
 * else -1.
 */
long wx_number(const char *s, long least, long most);

/*
 * Parse a size: a positive decimal number of bytes, or of K, M, G or T (powers of 1024, any case), optionally
 * followed by "B" or "iB": "512M", "4GiB". Returns 0 and sets *BYTES, or -1.
 */
int wx_size(const char *s, uint64_t *bytes);

#endif
