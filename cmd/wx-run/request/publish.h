/* SPDX-License-Identifier: MIT */
#ifndef REQUEST_PUBLISH_H
#define REQUEST_PUBLISH_H

#include "values.h"

/* The key publish of a profile: a list of ports, as numbers or as "[HOSTPORT:]PORT". AT: struct strv. */
value_set publish_set;

/*
 * To P, the ports that R publishes (--publish). Dies with a line where one is no port, where a port of the host stands
 * twice, and where engine or network cannot have it. After network_plan and broker_plan.
 */
void publish_plan(const struct request *r, struct plan *p);

#endif
