/* SPDX-License-Identifier: MIT */
#ifndef OVERRIDES_H
#define OVERRIDES_H

#include "private.h"

/*
 * What the run's git directory says otherwise than the host's, made just before the run:
 *
 * - where its work tree is inside, if that is named at all;
 * - the files FIXED, paths below the project (or what is one to git: sides.h), are read-only or empty inside: git is told to leave
 *   them in the work tree as they are (skip-worktree, git-update-index(1)), so that a switch to a
 *   commit that has others of them works, and no commit takes the old ones along; they are noted in
 *   "start/fixed", each ended by NUL;
 * - no signatures are asked for where SIGNS says that there is no key inside to make them; said in
 *   a line.
 *
 * Dies with a line.
 */
void overrides_write(const struct private *v, const struct plan *p, const struct strv *fixed, bool signs);

#endif
