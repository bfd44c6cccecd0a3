/* SPDX-License-Identifier: MIT */
#ifndef SESSION_H
#define SESSION_H

#include "guard/guard.h"
#include "request/request.h"

/*
 * One run. Its begin, with the last of its plan P (make_plan): what R wants to be open is open, the secrets are here, its image is
 * ready, and what earlier runs left is dealt with.
 */
void session_begin(const struct request *r, struct plan *p);

/* The rest: the sandbox, the look at what is guarded afterwards, what was committed comes home, the report. The exit status. */
int  session_run(const struct request *r, const struct plan *p, const struct guards *g);

/* --import: what runs left comes home, and nothing is run. The exit status. */
int  session_import(const struct request *r, struct plan *p);

#endif
