/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

#include "request.h"

/*
 * wx-run --check: each precondition, one line on standard output, "ok" or "no"
 * and, where it fails, what mends it. 0 if the plan could run, else 1.
 */
int check(const struct request *r, const struct plan *p);

#endif
