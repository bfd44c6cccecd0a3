/* SPDX-License-Identifier: MIT */
#ifndef USES_H
#define USES_H

#include <stdint.h>
#include <stdio.h>

/*
 * The lines of standard output: an object of JSON each. Front and back both write them; each is written by one call,
 * so they do not mix. Dies with WX_FAIL if one cannot be written; one for which who reads has no room is counted instead, and
 * the next that is written says how many.
 */

/* Begin a line with its time: what is printed to the stream becomes a part of it. To be ended by uses_end. */
FILE   *uses_begin(void);
void    uses_end(FILE *fp);

/* The pieces ,"KEY":"VALUE" and ,"KEY":NUMBER. */
void    uses_text(FILE *fp, const char *key, const char *value);
void    uses_number(FILE *fp, const char *key, int64_t n);

#endif
