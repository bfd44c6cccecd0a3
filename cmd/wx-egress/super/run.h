/* SPDX-License-Identifier: MIT */
#ifndef RUN_H
#define RUN_H

#include <sys/types.h>

#include <time.h>

#include "dial/dial.h"
#include "link/link.h"
#include "super.h"

/* What the supervisor has of a run. */
struct run {
	struct super  *s;
	struct shared *shared;
	pid_t          dialers[DIALERS];
	int            requests[2]; /* the front's end, until it has it, and the dialers' */
	int            life[2];
	int            events[2];
	int            signals;
	unsigned       deaths;
	time_t         deaths_since;
	int64_t        stop_at; /* wx_clock_ms: when all is over, whatever the front does; 0: it is not stopping */
};

/* To the front, which is to take it within seconds: one that does not is not in order. */
void run_order(const struct run *r, struct link_order *o, int pass);

/* The policy has changed: dialers that know it, and the texts of the front. */
void run_changed(struct run *r);

#endif
