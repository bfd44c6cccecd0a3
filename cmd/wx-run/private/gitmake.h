/* SPDX-License-Identifier: MIT */
#ifndef GITMAKE_H
#define GITMAKE_H

#include "plan/plan.h"

/*
 * Make, in the directory RUN of a run (private.h), the private git directory "git" of P->repo, P a plan for git (sides.h), and
 * "start": its refs as they are, and notes of what is open in it. Dies with a line.
 */
void gitmake(const struct plan *p, int run);

#endif
