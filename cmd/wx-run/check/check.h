/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

#include "request/request.h"

/*
 * wx-run --check: each precondition, one line on standard output, "ok" or "no"
 * and, where it fails, what mends it. 0 if the plan could run, else 1.
 */
int check(const struct request *r, const struct plan *p);

/* Print "ok NAME: WHAT", or "no NAME: WHAT" and the mend, which may be NULL. Returns OK. */
bool say(bool ok, const char *name, const char *what, const char *mend);

/* Does bwrap, which is there, work? One trial run: else what it says, and the mend. */
bool check_bwrap(char *said, size_t cap, const char **mend);

#endif
