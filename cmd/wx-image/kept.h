/* SPDX-License-Identifier: MIT */
#ifndef KEPT_H
#define KEPT_H

#include "load.h"

/* Hold the lock of all loads, L->lock. Dies with a line. */
void kept_lock(struct load *l);

/* Are the first N bytes of S of a hash? */
bool kept_is_hash(const char *s, size_t n);

/* The file as it is now, ST: one that is changed, or another of its name, differs. The caller owns it. */
char *kept_key(const struct stat *st);

/* The hash of the archive from an earlier load, to L->hash. False: there was none. */
bool kept_find(struct load *l);

/* Note it, the newest first; of the old ones as many as fit. It costs a hash if it fails. */
void kept_add(const struct load *l);

/* L->user's image is this one now: those that it had before can go. Dies with a line. */
void kept_remember(struct load *l);

#endif
