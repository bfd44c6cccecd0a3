/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include "plan.h"

/*
 * Where this project's state lies: P->state, HASH of $XDG_STATE_HOME/wrapix, is
 * ~/.claude inside; P->run_dir, HASH.run beside it, is ours alone (lock, journal,
 * what was restored). Only names are made up here.
 */
void state_name(struct plan *p);

/* Make both folders, 0700, where they are missing. Dies with a line if they
 * cannot be, or are not ours. */
void state_make(const struct plan *p);

/*
 * The locks of a project. Several runs can share it: each holds the shared lock
 * "users" while it runs. "mutex" is held for moments, while placeholders are made
 * or removed.
 */
struct state_lock {
	int mutex, users;    /* descriptors */
};

/* Take the mutex. True if no other run is there: what the journal names is then
 * left over from a crash. The caller becomes a user in any case. */
bool state_enter(const struct plan *p, struct state_lock *l);
/* Let the mutex go; still a user. */
void state_stay(struct state_lock *l);
/* Take the mutex and stop being a user. True if that was the last one. */
bool state_leave(struct state_lock *l);
/* Let all go. */
void state_close(struct state_lock *l);

#endif
