/* SPDX-License-Identifier: MIT */
#ifndef STATE_H
#define STATE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
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

#define LIVE_STOP 0x73746f70   /* comes with the SIGTERM of wx-run --stop (sigqueue(3)) */

/*
 * The runs of this user that are at work, in all projects: a file each in ".atwork.run", beside the
 * projects' states, that is locked (flock(2)) as long as its wx-run is there. So one that was killed is in no
 * list, whatever it left; who finds its file removes it. Beside it, by the same name and ".sock", is the run's
 * door (door.h).
 */
struct live {
	char *run;       /* its name, and that of the file */
	char *project, *engine, *profile, *agent;   /* the last two may be "" */
	long  pid;       /* of its wx-run; 0: it is in another PID namespace */
};

struct lives {
	struct live *v;
	size_t       n, cap;
};

/* This run begins: what the file says is P's, that the profile is the file PROFILE and the agent AGENT; both may be NULL. A
 * descriptor, which holds the lock; dies with a line. */
int live_begin(const struct plan *p, const char *profile, const char *agent);

/* It has ended; FD is closed. */
void live_end(const struct plan *p, int fd);

/* Append those that are at work, the oldest first. P: the user (host_user), at the least. */
void live_list(const struct plan *p, struct lives *out);

/* Is L at work still? */
bool live_there(const struct plan *p, const struct live *l);

/* The directory, as a descriptor, or -1 with errno; and the name of the door of the run RUN in it, which the caller
 * owns. */
int   live_dir(const struct plan *p);
char *live_door(const char *run);

/* Is PATH that directory, or in it? No sandbox gets at it. */
bool live_holds(const struct plan *p, const char *path);

/* When the run RUN began, as RFC 3339 writes it. The caller owns it. */
char *live_since(const char *run);

/*
 * A folder below P->run_dir of what an engine can only take as files, KIND-XXXXXX, mode
 * 0700. It is locked to our end, however that comes: one that nobody holds is that of a
 * run that was killed. All die with a line.
 */

/* Make one. *LOCK: the descriptor that holds it. The caller owns the name. */
char *stage_make(const struct plan *p, const char *kind, int *lock);

/* Write a file of it: BEFORE, and LEN bytes of DATA. */
void stage_write(const char *path, unsigned mode, const char *before, const void *data,
    size_t len);

/* Take it away, or a folder in it, with all that is there. */
void stage_remove(const char *path);

/* Call FORGET, which is to end with stage_remove, for each that nobody holds. Only while
 * no other run of the project can make one (state_lock). */
void stage_sweep(const struct plan *p, const char *kind, void (*forget)(const struct plan *p,
    const char *path));

/*
 * What -H hid in the runs of a project: a later run finds it again though another, which
 * could see it, gave it another name meanwhile. In P->run_dir, "hidden"; it is read and
 * written with the mutex of state.h held.
 */
struct hidden {
	dev_t dev;
	ino_t ino;
	struct timespec born;   /* zero: not known */
	char *name;             /* as -H matched it: a link's, where it led to this */
	bool  here;             /* this run hides it, */
	bool  wanted;           /* or is to look for it */
};

struct memory {
	struct { struct hidden *v; size_t n, cap; } list;
	bool changed;
};

/* What the file of P has; nothing where there is none. Dies where it cannot be read. */
void remember_read(const struct plan *p, struct memory *m);

/* NAME led to what *ST and BORN say, and this run hides it. */
void remember_add(struct memory *m, const char *name, const struct stat *st,
    struct timespec born);

/* Is that the same as H? A device's number can be another after a restart. */
bool remember_same(const struct hidden *h, const struct stat *st, struct timespec born);

/* Write it back, if anything is new. Dies where that fails. */
void remember_write(const struct plan *p, const struct memory *m);

#endif
