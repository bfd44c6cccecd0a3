/* SPDX-License-Identifier: MIT */
#ifndef KEEPER_H
#define KEEPER_H

#include "folder.h"

/*
 * Start ssh-agent(1), with its socket "agent" in the folder, and a process that ends it and
 * removes the folder as soon as this process, whatever it execs, has ended. Returns when the
 * socket answers; dies with WX_CHAIN.
 */
void keeper_start(const struct folder *f);

#endif
