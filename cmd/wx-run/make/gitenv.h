/* SPDX-License-Identifier: MIT */
#ifndef GITENV_H
#define GITENV_H

#include "plan/plan.h"
#include "request/request.h"

/*
 * The git settings that were asked for, in the environment, where they have the last word
 * over the project's own (git(1), GIT_CONFIG_COUNT), behind those that the user has there
 * himself; and what signed commits need. Dies with WX_CHAIN.
 */
void gitenv_add(const struct request *r, struct plan *p);

#endif
