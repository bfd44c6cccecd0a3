/* SPDX-License-Identifier: MIT */
#ifndef TREE_H
#define TREE_H

#include "guard.h"

/* Where the first component of one of PATTERNS is a symbolic link within the project: the same
 * pattern in the directory that it leads to, added to PATTERNS, and to G->aliases. */
void tree_aliases(struct guards *g, struct strv *patterns);

/*
 * What is protected in the work tree besides the kinds: nested repositories and what their
 * configuration names, what .envrc sources; and into G->on_path the directories of the
 * project on the user's PATH.
 */
void tree_find(struct guards *g, const struct plan *p);

/* Of tree_find: nested.c, envrc.c. */
void nested_find(struct guards *g, const struct plan *p);

/* The repository REL of ROOT, as known.h has it: a ".git", or one without a work tree. It is read-only as a whole,
 * and so is what it names. */
void nested_protect(struct guards *g, const struct plan *p, int root, const char *rel);

/* What the git directory DIR of ROOT names there as hooks, an include, a program or a remote, and what its hooks
 * lead to; TOP is its work tree. */
void nested_named(struct guards *g, const struct plan *p, int root, const char *dir, const char *top);

void envrc_find(struct guards *g, const struct plan *p);

/* REL is a directory of the project on the user's PATH. */
void tree_on_path(struct guards *g, const char *rel);

#endif
