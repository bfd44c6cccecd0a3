/* SPDX-License-Identifier: MIT */
#ifndef STATUS_H
#define STATUS_H

#include <stdint.h>
#include <stdio.h>

#include "token.h"

/* One JSON object and a newline: all about T but the value. Errors stay in FP. */
void status_print(FILE *fp, const char *name, const struct token *t, int64_t now);

#endif
