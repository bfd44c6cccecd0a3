/* SPDX-License-Identifier: MIT */
#ifndef NET_H
#define NET_H

#include <sys/types.h>

#include "plan/plan.h"
#include "service.h"

/* The helper that is installed, pasta first; HELPER_NONE if none is. */
enum helper net_find_helper(void);

/*
 * Begin to join the network namespace of process PID (of our pid namespace) with
 * the outside by the plan's helper, outbound only: nothing of the host's loopback
 * is forwarded to or from it. False after a line on stderr.
 */
bool net_start(struct service *n, const struct plan *p, pid_t pid);

/* Say that the network does not stand, what the helper said, what may mend it. */
void net_failed(struct service *n, const struct plan *p);

/* The helper's argv, a pure function. NETNS and USERNS are paths, READY the
 * number of the descriptor on which it tells that the network stands. */
void  net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct strv *out);

#endif
