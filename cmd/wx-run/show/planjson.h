/* SPDX-License-Identifier: MIT */
#ifndef PLANJSON_H
#define PLANJSON_H

#include <stdio.h>

#include "plan/plan.h"

/*
 * Write the plan as JSON, keys in a fixed order, the same for the same plan. No
 * secret is in a plan; the value of a variable that came from the host, which
 * may be one, is null. Errors stay in FP.
 */
void planjson_write(FILE *fp, const struct plan *p);

#endif
