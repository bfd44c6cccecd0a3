/* SPDX-License-Identifier: MIT */
#ifndef MAKE_PUBLISH_H
#define MAKE_PUBLISH_H

#include "request/request.h"

/*
 * To P, the ports that R publishes (--publish). Dies with a line where one is no port, where a port of the host stands
 * twice, and where engine or network cannot have it. After network_plan and broker_plan.
 */
void publish_plan(const struct request *r, struct plan *p);

#endif
