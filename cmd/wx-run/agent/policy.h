/* SPDX-License-Identifier: MIT */
#ifndef POLICY_H
#define POLICY_H

#include "guard/guard.h"
#include "plan/plan.h"

#define POLICY_PATH "/run/wrapix/policy"

/* The file POLICY_PATH, appended to the mounts of P: says in words what P and G make of the sandbox. Before
 * guard_mounts. */
void policy_add(struct plan *p, const struct guards *g);

#endif
