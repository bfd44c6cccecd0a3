/* SPDX-License-Identifier: MIT */
#ifndef GITSSH_H
#define GITSSH_H

#include "filter/filter.h"
#include "folder.h"

/*
 * Set GIT_SSH_COMMAND and GIT_SSH_VARIANT: an ssh for git that asks the agent of the folder, offers the keys that
 * log in, takes the hosts of the folder's file "known_hosts" alone, and reads no configuration. Writes the public
 * halves of these keys into the folder. Dies with WX_CHAIN.
 */
void gitssh_set(const struct folder *f, const struct policy *p);

#endif
