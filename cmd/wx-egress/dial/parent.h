/* SPDX-License-Identifier: MIT */
#ifndef PARENT_H
#define PARENT_H

#include "policy/policy.h"

/* Have the proxy P connect to NAME with PORT (RFC 9110, section 9.3.6), within MS. A descriptor, or -1 with *WHY. */
int parent_connect(const struct parent *p, const char *name, uint16_t port, int ms, enum reason *why);

#endif
