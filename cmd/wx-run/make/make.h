/* SPDX-License-Identifier: MIT */
#ifndef MAKE_H
#define MAKE_H

#include "guard/guard.h"
#include "request/request.h"

/*
 * The plan of R, whole, into P, which says who works where; and what is guarded, G: every check is made, every path
 * resolved, the command found, the agent told. Dies with a line. Nothing changes the plan after that.
 *
 * BEGIN, unless it is NULL: it is for a run. That begins there, with the state of the project, before it is looked at what in
 * that is to be guarded; and the last of P which only a run has is settled.
 */
void make_plan(struct request *r, struct plan *p, struct guards *g, void (*begin)(const struct request *, struct plan *));

/* As much of a plan as it takes to bring commits home. */
void make_import(const struct request *r, struct plan *p);

#endif
