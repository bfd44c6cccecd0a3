/* SPDX-License-Identifier: MIT */
#ifndef WX_JSON_H
#define WX_JSON_H

#include <stdio.h>

/*
 * Write S as a JSON string (RFC 8259, section 7), quotes included. The result
 * is ASCII, the same for the same bytes, and safe on a terminal: control
 * characters and what is not ASCII are escaped. A byte that is not UTF-8, which
 * JSON cannot hold, becomes U+FFFD. Errors stay in FP, for wx_flush to find.
 */
void wx_json_string(FILE *fp, const char *s);

#endif
