/* SPDX-License-Identifier: MIT */
#ifndef KEEPER_H
#define KEEPER_H

#include "filter/filter.h"
#include "folder.h"

/*
 * Start a process that ends all it has and removes the folder as soon as this process, whatever it execs, has
 * ended; and, with AGENT, ssh-agent(1), with its socket FOLDER_OWN_SOCKET in the folder. LOG, or -1, is where the
 * filter will write. Returns when the agent can be connected to, a descriptor for keeper_serve; dies with WX_CHAIN.
 */
int keeper_start(const struct folder *f, bool agent, int log);

/* Have it put the filter before the agent that P names, with FOLDER_GIVEN_SOCKET, and close KEEPER. Returns when that
 * can be connected to; dies with WX_CHAIN. */
void keeper_serve(int keeper, const struct policy *p);

#endif
