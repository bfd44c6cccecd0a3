/* SPDX-License-Identifier: MIT */
#ifndef FOLLOW_H
#define FOLLOW_H

#include <stddef.h>

#include "token.h"

/*
 * Print the line that MAKE makes from W's source, and again each time that it has become another, until nobody reads standard output any
 * more. The source is read in processes of their own, which die of what is wrong with it: the first time that is the end of this one,
 * too, later it is said, and nothing is printed. MAKE writes the line to LINE, which has room for its end, too, sets T's path, and returns
 * the length. The exit status.
 */
int follow(const struct want *w, char *line, struct token *t, size_t (*make)(const struct want *w, struct token *t));

#endif
