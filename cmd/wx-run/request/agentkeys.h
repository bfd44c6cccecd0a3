/* SPDX-License-Identifier: MIT */
#ifndef AGENTKEYS_H
#define AGENTKEYS_H

#include "values.h"

/* The key "agent" of a profile. */
value_set agent_set;

#endif
