/* SPDX-License-Identifier: MIT */
#ifndef WX_NUMBER_H
#define WX_NUMBER_H

#include <stdint.h>

/*
 * The decimal number S: digits alone, 7 at the most. It is returned where it is LEAST to
 * MOST (neither negative), else -1.
 */
long wx_number(const char *s, long least, long most);

/*
 * A size: a decimal number of bytes, more than 0, or of units of 1024, K, M, G or T, or
 * small letters, with B or iB behind or not: "512M", "4GiB". 0 with *BYTES, or -1.
 */
int wx_size(const char *s, uint64_t *bytes);

#endif
