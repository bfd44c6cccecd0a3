/* SPDX-License-Identifier: MIT */
#ifndef AGENTKEYS_H
#define AGENTKEYS_H

#include "values.h"

/* The key "agent" of a profile. */
value_set agent_set;

/* When all profiles are read: what is wrong with their agent, or NULL. The caller owns it. */
char *agent_fault(const struct agent *a);

#endif
