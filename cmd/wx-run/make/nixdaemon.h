/* SPDX-License-Identifier: MIT */
#ifndef NIXDAEMON_H
#define NIXDAEMON_H

#include "request/request.h"

/*
 * --nix: Nix inside builds by the daemon of this machine. Add its socket and what the
 * programs of Nix want to P, whose store is shown whole. Dies with a line where that
 * would be more than it says: for a trusted user of the daemon, who can change what is
 * in the store; with a network that is closed, since builds that fetch have the host's.
 */
void nixdaemon_add(const struct request *r, struct plan *p);

#endif
