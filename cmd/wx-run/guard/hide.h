/* SPDX-License-Identifier: MIT */
#ifndef HIDE_H
#define HIDE_H

#include "guard.h"

/* An empty file, or an empty directory, over REL of the project, which ST is of, and what is above
 * it held in its place. */
void guard_hide(struct guards *g, const struct plan *p, const char *rel, const struct stat *st);

/*
 * What -H names, into G->covers: an empty file, or an empty read-only directory, in its
 * place; what is above it is an anchor. And what a name that -H matches led to in an
 * earlier run, wherever in the project it is now (remember.h). Dies with a line for what
 * cannot be hidden.
 */
void hide_find(struct guards *g, const struct plan *p);

#endif
