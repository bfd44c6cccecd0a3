/* SPDX-License-Identifier: MIT */
#ifndef SHIP_H
#define SHIP_H

#include <stdbool.h>
#include <stddef.h>

#include "builder.h"
#include "plan.h"

/*
 * Containers on another host, where no folder of ours can be mounted: the store is a
 * volume that stays, the keys are copied into one that goes with the container.
 */

/* Make the container, give it its files, start it; false with WHY, and it may be there. */
bool ship_run(const struct builder *b, const struct plan *p, char *why, size_t cap);

/*
 * Give a running one the authorized_keys that K/server has now. It sees them read-only, and
 * so does whatever is copied into it: a second container, never started, lends its hand.
 */
bool ship_keys(const struct builder *b, const char *image, char *why, size_t cap);

#endif
