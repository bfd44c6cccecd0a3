/* SPDX-License-Identifier: MIT */
#ifndef SESSION_H
#define SESSION_H

#include "request/request.h"

/*
 * One run, from what earlier ones left to the report: the guards, the sandbox, the look afterwards, what was
 * committed comes home. The exit status.
 */
int session_run(const struct request *r, struct plan *p);

/* --import: what runs left comes home, and nothing is run. The exit status. */
int session_import(const struct request *r, struct plan *p);

#endif
