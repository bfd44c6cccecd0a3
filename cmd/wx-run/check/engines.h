/* SPDX-License-Identifier: MIT */
#ifndef ENGINES_H
#define ENGINES_H

#include "plan/plan.h"

/*
 * wx-run --engines: each engine, one line on standard output as check.h has it: bwrap by a
 * trial, podman by a look at what it needs, Apple's container by its own word. 0 if one at
 * least can be used here, else 1.
 */
int engines(const struct plan *p);

#endif
