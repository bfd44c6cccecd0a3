/* SPDX-License-Identifier: MIT */
#ifndef KEEPER_H
#define KEEPER_H

#include "folder.h"

/*
 * Start ssh-agent(1), with its socket FOLDER_OWN_SOCKET in the folder; the filter before it,
 * with FOLDER_GIVEN_SOCKET; and a process that ends both and removes the folder as soon
 * as this process, whatever it execs, has ended. Returns when the sockets can be connected
 * to; dies with WX_CHAIN.
 */
void keeper_start(const struct folder *f);

#endif
