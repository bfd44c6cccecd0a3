/* SPDX-License-Identifier: MIT */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>

#include "request/request.h"

/* Is NAME, of a file that an agent could be shown, one of settings or a login? They say what is run and what is
 * allowed, or are secrets. */
bool share_is_settings(const char *name);

/*
 * Mount what of the user's own the agent is to read (agent.share), read-only over its state: a file or a directory
 * each, and what the links in the top of such a directory lead to. It must lie in HOME by way of nothing in the project;
 * what does not is left out, with a line, and so is in silence what is not there. The states must be in the plan.
 */
void share_add(const struct request *r, struct plan *p);

/*
 * Where the agent is told by a file (R->agent.told): that one among P's mounts, "told", with what the user's own has, if
 * that is shared; tell.h puts the words before that.
 */
void share_told(const struct request *r, struct plan *p);

#endif
