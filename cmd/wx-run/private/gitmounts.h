/* SPDX-License-Identifier: MIT */
#ifndef GITMOUNTS_H
#define GITMOUNTS_H

#include "plan/plan.h"

/*
 * Add the mounts of P->repo to the plan: the private directory of the run P->run (which need
 * not be there yet), the host's objects, what covers the .git file of the project. Dies with a
 * line for a repository that cannot be shown so, with --git none as the way on.
 */
void gitmounts_plan(struct plan *p);

#endif
