/* SPDX-License-Identifier: MIT */
#ifndef YAMLLINE_H
#define YAMLLINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Lines of the part of YAML that the forges' tools write: maps in maps, one "key: value" a line,
 * indented by blanks, values plain or quoted without escapes. Anything else
 * (tabs, anchors, folded text) is refused, for a reader that guesses may find another host's token.
 */

/* One line, taken apart; the parts point into it. */
struct yamlline {
	size_t indent;
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
	bool has_value;    /* even if it is '' */
};

/* Is S of LEN bytes blank, or a comment? */
bool yamlline_empty(const char *s, size_t len);

/* Is it UTF-8 without control characters? */
bool yamlline_text_ok(const char *s, size_t len);

/* Take S of LEN bytes, which is not empty, apart as "key: value". False if it is none. */
bool yamlline_split(const char *s, size_t len, struct yamlline *l);

#endif
