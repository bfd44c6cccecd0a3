/* SPDX-License-Identifier: MIT */
#ifndef HIDE_H
#define HIDE_H

#include "guard.h"

/* A made file, TEXT, over DEST: read-only. Added last of all. */
void guard_cover(struct guards *g, const char *dest, const char *text);

/*
 * What -H names, into G->covers: an empty file, or an empty read-only directory, in its
 * place; what is above it is an anchor. And what a name that -H matches led to in an
 * earlier run, wherever in the project it is now (remember.h). Dies with a line for what
 * cannot be hidden.
 */
void hide_find(struct guards *g, const struct plan *p);

#endif
