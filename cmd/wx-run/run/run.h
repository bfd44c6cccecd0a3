/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "net/decisions.h"
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

#endif
