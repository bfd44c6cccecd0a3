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

/* The same of the directory P->project that is mounted; false: wx-run's own state is in it, or around it. */
bool state_name_mounted(struct plan *p);

/*
 * Since when runs could write in DIR, a path, or in a directory that it is in, as the project or mounted: the birth of the first
 * P->run_dir of these, zero if unknown. False: there were none.
 */
bool state_since(const struct plan *p, const char *dir, struct timespec *since);

/*
 * Of the agent whose state is DIR inside ("~/.gemini"; NULL: none is named): one other than ~/.claude has its
 * own, HASH-gemini, for no agent reads the login of another.
 */
void state_of_agent(struct plan *p, const char *dir);

/* Where the state that is DIR inside lies. The caller owns it. */
char *state_of(const struct plan *p, const char *dir);

/* Where the cache lies that is DIR inside ("~/.npm"): HASH-~.npm, which is no agent's state. The caller owns it. */
char *state_of_cache(const struct plan *p, const char *dir);

/* Make both folders, 0700, and those of caches and of what else the agent keeps, where they are missing; give them that mode where they have
 * another, as the agent can bring about. Dies with a line if they cannot be, or are not ours. */
void state_make(const struct plan *p);

/* P->run_dir alone. */
void state_make_run(const struct plan *p);

/* The mutex of the project's runs: held for moments, while one begins or ends. A descriptor;
 * closing it lets go. */
int state_lock(const struct plan *p);

/* A directory of the project that a look left out: what changed in it since SINCE is still
 * to be looked for. FLAGS is the look's own. */
struct left {
	char           *path;    /* below the project; "" is that itself */
	struct timespec since;
	unsigned        flags;
};

struct lefts {
	struct left *v;
	size_t       n, cap;
};

/* A run of the project. */
struct state_run {
	int             fd;
	char           *mine;    /* its file */
	struct strv    unseen;  /* those of earlier runs that are not done with */
	struct lefts    left;    /* what their looks left out */
	struct timespec began;   /* this run itself */
	struct timespec since;   /* from when on what appeared is to be looked for */
	bool            killed;  /* an earlier run was, or nobody was told what it left */
};

/*
 * Record that a run begins at RUN->since. If earlier ones were killed before anybody looked
 * after them, or nobody was told what was found, that moves back to the first of them.
 * With the mutex held.
 */
void state_begin(const struct plan *p, struct state_run *run);

/*
 * The same once more, before it is looked what RUN left: a run that was at work as this began may have ended since, and told nobody.
 * True: one has. Without it where the mutex is taken, for which it does not wait.
 */
bool state_again(const struct plan *p, struct state_run *run);

/*
 * Record that it has ended. LOOKED: there was a command, and what appeared was looked for;
 * TOLD: and said to somebody. REST: what that look left out. What is not recorded as seen is
 * looked for by the next run. With the mutex held.
 */
void state_end(const struct state_run *run, bool looked, bool told, const struct lefts *rest);

/* Append; PATH is copied. */
void lefts_add(struct lefts *l, const char *path, const struct timespec *since, unsigned flags);

#endif
