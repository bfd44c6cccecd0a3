/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include <time.h>

#include "plan/plan.h"

/*
 * Where this project's state lies: P->state, HASH of $XDG_STATE_HOME/wrapix, is
 * ~/.claude inside; P->run_dir, HASH.run beside it, is ours alone (what was put
 * back, what was not looked at). Only names are made up here.
 */
void state_name(struct plan *p);

/* Make both folders, 0700, where they are missing. Dies with a line if they
 * cannot be, or are not ours. */
void state_make(const struct plan *p);

/* The mutex of the project's runs: held for moments, while one begins or ends. A descriptor;
 * closing it lets go. */
int state_lock(const struct plan *p);

/* A run of the project. */
struct state_run {
	int             fd;
	char           *mine;    /* its file */
	struct words    unseen;  /* those of runs that were killed, and its own */
	struct timespec since;   /* from when on what appeared is to be looked for */
	bool            killed;  /* an earlier run was, and nobody looked after it */
};

/*
 * A run begins at RUN->since, or ends. Where earlier ones were killed, and nobody has
 * looked after them, state_begin sets that back to the first of them. SEEN: what
 * appeared was looked at now. With the mutex held.
 */
void state_begin(const struct plan *p, struct state_run *run);
void state_end(const struct state_run *run, bool seen);

#endif
