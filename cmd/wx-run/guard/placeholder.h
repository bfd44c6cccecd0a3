/* SPDX-License-Identifier: MIT */
#ifndef PLACEHOLDER_H
#define PLACEHOLDER_H

#include "guard.h"

/*
 * What git would read if it were there, made for the time of the run, and the
 * journal by which it goes again. Several runs can share one git folder, also from
 * different projects (linked work trees): each holds a shared flock(2) on the folder
 * that has placeholders, and who finds a folder that nobody holds sweeps it. The
 * kernel drops the locks of a run that was killed. The journal is one for all
 * projects of the user; it is read and written with the mutex of state.h held.
 */

/* Hold the folder DIR of ROOT (an index of G->roots). Dies with a line if somebody
 * keeps it to himself. */
void placeholder_hold(struct guards *g, int root, const char *dir);

/* Make those that are absent, with their names in the journal before. */
void placeholder_make(struct guards *g, const struct plan *p);

/* Let all folders go. */
void placeholder_let_go(struct guards *g);

/*
 * Remove what the journal names, lies in a folder that nobody holds, and is still
 * as it was made. What remains to be done stays in the journal.
 */
void placeholder_sweep(const struct plan *p);

#endif
