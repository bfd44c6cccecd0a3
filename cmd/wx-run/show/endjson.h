/* SPDX-License-Identifier: MIT */
#ifndef ENDJSON_H
#define ENDJSON_H

#include "audit/report.h"
#include "plan/plan.h"
#include "run/run.h"

/*
 * One line of JSON to the descriptor FD: how the run of P ended (O), that we exit with STATUS, what was found, how
 * many commits came home. Whoever was to read it may be gone: that is no error. False with errno for any other.
 */
bool endjson_write(int fd, const struct plan *p, const struct outcome *o, int status,
    const struct report *found, unsigned long commits);

#endif
