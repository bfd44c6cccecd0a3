/* SPDX-License-Identifier: MIT */
#ifndef SSHAGENT_H
#define SSHAGENT_H

#include "plan/plan.h"

/* Print a warning if the plan brings in an ssh-agent that is not behind the filter of wx-ssh-agent(1), with the number
 * of keys that it holds. */
void sshagent_warn(const struct plan *p);

#endif
