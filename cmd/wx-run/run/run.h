/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "net/net.h"
#include "plan/plan.h"
#include "secret/secret.h"

/* What else there is to be said of an end. */
struct end {
	int           signal;   /* that the command died of, or 0 */
	const char   *limit;    /* that ended it: "time", "memory", or NULL: none that is known */
	unsigned long kills;    /* processes that the kernel killed for memory */
	uint64_t      peak;     /* bytes, the most at a time; 0: not known */
	bool          whole;    /* of all processes together, and not of the largest */
	double        seconds;  /* the command's time */
};

/* How a run ended. */
struct outcome {
	struct end end;
	int  status;       /* the command's, or ours: what wx-run exits with */
	bool started;      /* the command was let go, */
	struct timespec began;   /* not before this, by audit_clock */
	bool interrupted;  /* it died of a SIGINT that our terminal sent us too, */
	bool relayed;      /* or would have, were it not raw */
	struct decisions *log;   /* what the network refused, in static memory; NULL: it does not say */
};

/*
 * Run the plan on its engine and wait for its end. ENV and FILES may be NULL; they are
 * wiped. MEANWHILE is called with ARG while the engine builds the sandbox, and may add what is to be mounted
 * besides the plan's, each LATE; the command starts after it. The terminal is as it was afterwards; of the sandbox no process
 * is left.
 */
struct outcome run_plan(const struct plan *p, struct secrets *env,
    struct secrets *files, void (*meanwhile)(void *, struct mounts *late), void *arg);

/*
 * Run P's command, and P has no more than that and the directory where it is (SUB), in a run that is at work:
 * SOCK and WORDS are what its door gave us (door.h), and ours from now on. As run_plan.
 */
struct outcome run_joined(const struct plan *p, int sock, int words);

/* End what these began: their own end, and that of an exit within it. */
void run_abandon(void);

/* The signals that reach the command by wx-run, and SIGCHLD. */
void signals_forwarded(sigset_t *set);

/*
 * Before all that is here, and after any change of user: the script PARENT, who is to be our parent,
 * waits for us. If it ends so does the command, as at its time limit, and the SIGINT and
 * SIGQUIT that a shell had us ignore, as a job in the background, are not. Dies with a line.
 */
void run_supervised(pid_t parent);

/* Before any child: which signals our caller ignored, for the command to do likewise. */
void run_note_signals(void);

/* Block the signals that reach the command by wx-run: they wait for run_plan. */
void run_block_signals(void);

/* Die of SIGINT too: only by that a shell's script, which the terminal sent it as
 * well, knows that it was meant (it returns where SIGINT was ignored). RELAYED: it did
 * not yet; our process group gets it now. */
void run_interrupted(bool relayed);

/*
 * The door of a run that is at work: a socket in the directory of the runs (live.h), which no sandbox shows. To connect is
 * to ask for a command that joins the run. The answer is one message with two descriptors: a socket to a new child of the
 * first process (init.h), and a file in memory with what goes to it (join.h). wx-run reads nothing that comes by the door.
 */

/* Ask for the one of the run RUN of P's user: *SOCK and *WORDS, the caller's. False with errno: no such run is
 * there, or its command has not begun. */
bool door_ask(const struct plan *p, const char *run, int *sock, int *words);

#endif
