/* SPDX-License-Identifier: MIT */
#ifndef TREES_H
#define TREES_H

#include "moves.h"
#include "fetch/fetch.h"

/* Find the work trees of PR: the repository's own, if it is inside, and the linked ones that are. */
void trees_find(struct pair *pr);

/* The commit that HEAD of the host's is on, or NULL. The caller owns it. */
char *trees_head(const struct pair *pr, const struct tree *t);

/* Is something unfinished inside, as a merge? What the host has not begun itself is said. */
bool trees_unfinished(const struct pair *pr, const struct tree *t);

/* The branch that a rebase of the host's rewrites, if that was ended inside, or NULL. The caller owns it. */
char *trees_rebased(const struct pair *pr);

/* What was open on the host when the run began, and was ended inside, is over here too. */
void trees_end_states(const struct pair *pr, const struct tree *t);

/*
 * HEAD goes where it went inside, if it did, and if that is here now: M are the moves that were made,
 * HERE the refs of the host's, DETACHED the commit where it is on no branch, or NULL.
 */
void trees_follow_head(const struct pair *pr, const struct tree *t, const struct moves *m,
    const struct reflist *here, const char *detached);

/* The index of HEAD's tree, if that has moved; what it knows of unchanged files stays. The work tree is what
 * it is; files that were read-only inside, and are others in the commit, are said. */
void trees_renew_index(const struct pair *pr, const struct tree *t);

#endif
