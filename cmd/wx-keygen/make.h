/* SPDX-License-Identifier: MIT */
#ifndef MAKE_H
#define MAKE_H

#include "pair/pair.h"
#include "want.h"

/* The comment that W gives, or user@host. */
const char *make_comment(const struct want *w);

/* The passphrase of a new key, or NULL for none; may ask, so no lock is held. */
const char *make_pass(const struct want *w, const char *path);

/*
 * Make the pair NAME in P, whose lock is held, and print its public line. With
 * REPLACE it takes the place of what is there. Dies if it cannot, and then all is as it was.
 */
void make_pair(const struct want *w, const struct place *p, const char *name, const char *pass, bool replace);

/* Print LINE and a line end, checked. */
void make_print(const char *line);

/* What the caller asked for: one pair in files, one to descriptors, or many. The exit status. */
int  make_run(const struct want *w);

#endif
