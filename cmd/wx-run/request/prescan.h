/* SPDX-License-Identifier: MIT */
#ifndef PRESCAN_H
#define PRESCAN_H

#include <stddef.h>

/*
 * What is wrong with the JSON TEXT, of LEN bytes, that cJSON lets pass: bytes that are no text, the escape of
 * NUL, which it would take for the end of a string, and what is nested deeper than PROFILE_DEPTH. NULL:
 * nothing; else words that the caller owns.
 */
const char *prescan(const char *text, size_t len);

#endif
