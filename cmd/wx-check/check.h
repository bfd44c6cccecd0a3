/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

/* What a run asks of the machine; NULL: nothing that is not wx-run's default. */
struct asked {
	const char *engine, *image, *network, *broker;
	const char *state;   /* the directory of its state */
};

/*
 * Each precondition of a run that asks for A: a line on standard output, "ok" or "no" and, where it fails, what mends
 * it. Could it run?
 */
bool check(const struct asked *a);

/*
 * Each engine, a line as above: bwrap by a trial, podman by a look at what it needs, Apple's container by its own word.
 * Can one at least be used here?
 */
bool check_engines(void);

#endif
