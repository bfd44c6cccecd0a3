/* SPDX-License-Identifier: MIT */
#ifndef GRANTS_H
#define GRANTS_H

#include "run.h"

#define GRANTS_MAX 256

/* Entries that were allowed while it runs, and until when. Times are seconds of CLOCK_BOOTTIME: sleep counts. */

int64_t grants_now(void);

/* Allow the entry TEXT for SECONDS, 0: as long as it runs. False: WHY says why not. */
bool grants_allow(struct run *r, const char *text, long seconds, char why[static 512]);

/* Refuse it from now on; connections to what it covers end. */
bool grants_deny(struct run *r, const char *text, char why[static 512]);

/* Take the grant of the entry TEXT back; its connections end. */
bool grants_revoke(struct run *r, const char *text, char why[static 512]);

/* Take back what is over. */
void grants_due(struct run *r);

/* ms until one is over, or -1. */
int  grants_wait(void);

/* Seconds that the entry with this ID has: 0 as long as it runs; -1: it is no grant. */
int64_t grants_left(unsigned id);

#endif
