/* SPDX-License-Identifier: MIT */
#ifndef RUN_LISTED_H
#define RUN_LISTED_H

#include "net.h"

/*
 * As net_start, for the network "listed" of the network namespace NETNS (a path of /proc): sockets inside
 * (place.h), and wx-egress here, which has them. Its standard input is the policy, its output N->log.
 */
bool listed_start(struct service *n, const struct plan *p, const char *netns);

/* wx-egress' arguments, a pure function: READY is the descriptor on which it tells that it stands, FIRST that of the
 * first of the sockets, CONTROL its control socket or NULL. */
void listed_argv(const struct plan *p, int ready, int first, const char *control, struct strv *out);

#endif
