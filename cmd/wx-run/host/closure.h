/* SPDX-License-Identifier: MIT */
#ifndef CLOSURE_H
#define CLOSURE_H

#include "plan/store.h"

/* Show also that of the store which PATH leads to, if it leads there. */
void closure_want(struct store *s, const char *path);

/*
 * What was wanted is listed from here on, with all that it needs; that is asked of
 * nix-store(1), once, and not at all where nothing is missing. Dies with a line where that
 * does not know.
 */
void closure_settle(struct store *s);

#endif
