/* SPDX-License-Identifier: MIT */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

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

#endif
