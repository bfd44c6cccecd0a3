/* SPDX-License-Identifier: MIT */
#ifndef WX_JSON_H
#define WX_JSON_H

#include <stdio.h>

/*
 * Write S to FP as a JSON string (RFC 8259, section 7), quotes included. The output is ASCII and safe on a
 * terminal: control and non-ASCII characters are escaped. An invalid UTF-8 byte becomes U+FFFD. Write
 * errors stay in FP; wx_flush reports them.
 */
void wx_json_string(FILE *fp, const char *s);

#endif
