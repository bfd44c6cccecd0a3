/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <time.h>

#include "plan/plan.h"
#include "plan/secrets.h"

/* How a run ended. */
struct outcome {
	int  status;       /* the command's, or ours: what wx-run exits with */
	bool started;      /* the command was let go, */
	struct timespec began;   /* not before this, by audit_clock */
	bool interrupted;  /* it died of a SIGINT that our terminal sent us too, */
	bool relayed;      /* or would have, were it not raw */
};

/*
 * Before that, and after any change of user: the script PARENT, who is to be our parent,
 * waits for us. If it ends so does the command, as at its time limit, and the SIGINT and
 * SIGQUIT that a shell had us ignore, as a job in the background, are not. Dies with a line.
 */
void run_supervised(pid_t parent);

/* Before any child: which signals our caller ignored, for the command to do likewise. */
void run_note_signals(void);

/* Block the signals that reach the command by wx-run: they wait for run_plan. */
void run_block_signals(void);

/*
 * Run the plan on its engine and wait for its end. ENV and FILES may be NULL; they are
 * wiped. MEANWHILE is called with ARG while the engine builds the sandbox; the command
 * starts after it. The terminal is as it was afterwards; of the sandbox no process
 * is left.
 */
struct outcome run_plan(const struct plan *p, struct secrets *env,
    struct secrets *files, void (*meanwhile)(void *), void *arg);

/* End what run_plan began: its own end, and that of an exit within it. */
void run_abandon(void);

/* Die of SIGINT too: only by that a shell's script, which the terminal sent it as
 * well, knows that it was meant (it returns where SIGINT was ignored). RELAYED: it did
 * not yet; our process group gets it now. */
void run_interrupted(bool relayed);

#endif
