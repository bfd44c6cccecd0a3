/* SPDX-License-Identifier: MIT */
#ifndef MADE_H
#define MADE_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * Who made a repository, the user or a sandbox? One that a sandbox made can borrow the objects of any other of
 * the user's (alternates), and its refs can be a table that only git reads (reftable).
 */

/* Note, where P->project has no repository, that a run begins there, or (not BEGINS) what there is as it ends. */
void made_note(const struct plan *p, bool begins);

/*
 * Can a sandbox have made P->repo, or what it borrows from? It was there when a run of the project, or with it mounted, ended
 * that began without; or it is younger than the first run in which a directory above it was to be written: what
 * is older was protected in that.
 */
bool made_inside(const struct plan *p);

#endif
