/* SPDX-License-Identifier: MIT */
#ifndef COUNT_H
#define COUNT_H

#include "want.h"

#define COUNT_MAX 100000

/*
 * Make W->count pairs, named by PATTERN with 1, 2, ... for "%d", and print their
 * public lines in this order. All are written, then one sync of the file
 * system, then all get their names. The exit status.
 */
int count_run(const struct want *w, const char *pattern);

#endif
