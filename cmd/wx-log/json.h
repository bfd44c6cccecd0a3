/* SPDX-License-Identifier: MIT */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Objects and arrays within each other, at the most. */
#define JSON_DEPTH 64

/*
 * Return whether S, LEN bytes, is one JSON object (RFC 8259) and nothing else: UTF-8, no byte below 0x20, nested no deeper
 * than JSON_DEPTH.
 */
bool json_object(const char *s, size_t len);

#endif
