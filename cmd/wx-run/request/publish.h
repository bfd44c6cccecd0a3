/* SPDX-License-Identifier: MIT */
#ifndef REQUEST_PUBLISH_H
#define REQUEST_PUBLISH_H

#include "values.h"

/* The key publish of a profile: a list of ports, as numbers or as "[HOSTPORT:]PORT". AT: struct strv. */
value_set publish_set;

#endif
