/* SPDX-License-Identifier: MIT */
#ifndef RUNS_H
#define RUNS_H

#include <stdbool.h>

#include "home/home.h"

/*
 * The runs of a project that have something to bring home (private.h). Those that nobody holds
 * ended without it: killed, or kept.
 */

/* Bring home what runs of H->plan's project left; those that are kept only with ALL. What never
 * ran is removed. False where one stays that was to come. */
bool runs_bring(const struct home *h, bool all);

/* How many have something that did not come home, and nobody holds them. */
unsigned runs_waiting(const struct plan *p);

/* Is any run at work that has its own git directory of the repository: in the project, or with it mounted? */
bool runs_held(const struct plan *p);

/* Keep V: only --import brings it home from now on. It is let go. */
void runs_keep(struct private *v);

#endif
