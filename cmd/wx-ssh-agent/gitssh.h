/* SPDX-License-Identifier: MIT */
#ifndef GITSSH_H
#define GITSSH_H

#include "folder.h"
#include "held.h"

/*
 * An ssh for git that logs in with some keys and no other, by the agent of the folder,
 * where the host's key is in the folder's known_hosts; it reads no configuration.
 */

/* The keys of NOW that are not in BEFORE may log in: their public halves go into the folder. */
void gitssh_add(const struct folder *f, const struct held *now, const struct held *before);

/* How many there are. */
unsigned gitssh_count(void);

/* Set GIT_SSH_COMMAND to it, and GIT_SSH_VARIANT to what it is. Dies with WX_CHAIN. */
void gitssh_set(const struct folder *f);

#endif
