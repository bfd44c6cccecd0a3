/* SPDX-License-Identifier: MIT */
#ifndef NETWORK_H
#define NETWORK_H

#include "request/request.h"

/*
 * P->net, its helper and P->listed, with the groups' entries in their places. Dies with a line: no such
 * network, no helper, or, of "listed", each entry that wx-egress refuses.
 */
void network_plan(const struct request *r, struct plan *p);

/* Variables that tell of the proxy inside, where the profile asks for them (proxy_env). */
void network_env(const struct request *r, struct plan *p);

#endif
