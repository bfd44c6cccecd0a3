/* SPDX-License-Identifier: MIT */
#ifndef TELL_H
#define TELL_H

#include "guard/guard.h"
#include "plan/plan.h"
#include "request/request.h"

/* The plan in a line: project, engine, network, limits. The caller owns it. */
char *tell_sandbox(const struct plan *p);

/* What in the project cannot be changed: of git's folder a word, of the work tree each
 * path. The caller owns it. */
char *tell_read_only(const struct guards *g);

/* Where the profile's agent is run, and takes words on top of its own: tell it where it
 * is, and what the caller wants it to know. */
void  tell_agent(const struct request *r, struct plan *p, const struct guards *g);

#endif
