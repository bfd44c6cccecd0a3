/* SPDX-License-Identifier: MIT */
#ifndef SUPER_H
#define SUPER_H

#include <sys/types.h>

#include "front/front.h"
#include "policy/policy.h"

/* The supervisor: it has the policy, keeps the front and the dialers, and writes the log. */

#define SUPER_WANTS 128

struct super_want {
	bool        listen; /* WORD is ADDRESS:PORT, else KIND=FD */
	const char *word;
};

struct super {
	struct policy     policy;
	struct super_want wants[SUPER_WANTS];
	size_t            nwants;
	const char       *control; /* the path of the control socket, or NULL */
	int               ready;   /* gets a byte when all is up; -1: nobody waits */
	bool              force, quiet;

	pid_t             front;
	int               orders;  /* to and from the front */
};

/*
 * Open what the wants name and start the front with it, before the policy is there: what the policy knows
 * was never in its memory. Dies with WX_FAIL or WX_USAGE.
 */
void super_open(struct super *s);

/* Serve until SIGTERM. */
_Noreturn void super_run(struct super *s);

#endif
