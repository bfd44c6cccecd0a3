/* SPDX-License-Identifier: MIT */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include <stdio.h>

#include "route.h"

/* What he who starts a sandbox wants to know of R, as a line of JSON. Errors stay in FP, for wx_flush to find. */
void describe(FILE *fp, const struct route *r);

#endif
