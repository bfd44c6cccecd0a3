/* SPDX-License-Identifier: MIT */
#ifndef TREE_H
#define TREE_H

#include "guard.h"

/* Where the first component of one of PATTERNS is a symbolic link within the project: the same
 * pattern in the directory that it leads to, added to PATTERNS, and to G->aliases. */
void tree_aliases(struct guards *g, struct words *patterns);

/*
 * What is protected in the work tree besides the kinds: nested repositories and what their
 * configuration names, what .envrc sources; and into G->on_path the directories of the
 * project on the user's PATH.
 */
void tree_find(struct guards *g, const struct plan *p);

/* Of tree_find: nested.c, envrc.c. */
void nested_find(struct guards *g, const struct plan *p);
void envrc_find(struct guards *g, const struct plan *p);

/* REL is a directory of the project on the user's PATH. */
void tree_on_path(struct guards *g, const char *rel);

#endif
