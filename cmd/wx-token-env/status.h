/* SPDX-License-Identifier: MIT */
#ifndef STATUS_H
#define STATUS_H

#include <stdint.h>
#include <stdio.h>

#include "token.h"

/* What kind of token VALUE is, by its published prefix; "unknown" if by none. */
const char *status_kind(const char *value);

/* One JSON object and a newline: all about T but the value. Errors stay in FP. */
void        status_print(FILE *fp, const char *name, const struct token *t, int64_t now);

#endif
