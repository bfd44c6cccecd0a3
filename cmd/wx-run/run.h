/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>

#include "plan.h"
#include "secrets.h"

/* How a run ended. */
struct outcome {
	int  status;       /* the command's, or ours: what wx-run exits with */
	bool started;      /* the command was let go */
};

/*
 * The signals that reach the command by wx-run, blocked, and what they were:
 * called before anything is forked.
 */
void run_block_signals(void);

/*
 * Run the plan on bwrap and wait for its end. ENV and FILES may be NULL. The
 * terminal is as it was afterwards; of the sandbox no process is left.
 */
struct outcome run_bwrap(const struct plan *p, const struct secrets *env,
    const struct secrets *files);

#endif
