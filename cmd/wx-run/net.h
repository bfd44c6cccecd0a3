/* SPDX-License-Identifier: MIT */
#ifndef NET_H
#define NET_H

#include <sys/types.h>

#include "plan.h"

/* The helper that is installed, pasta first; HELPER_NONE if none is. */
enum helper net_find_helper(void);

/*
 * Join the network namespace of process PID (of our pid namespace) with the
 * outside by the plan's helper, outbound only: nothing of the host's loopback is
 * forwarded to or from it. Returns when the network stands: the helper's pid, or
 * -1 after a line on stderr. The helper ends with us, and by net_stop.
 */
pid_t net_start(const struct plan *p, pid_t pid);
void  net_stop(pid_t helper);

/* The helper's argv, a pure function. NETNS and USERNS are paths, READY the
 * number of the descriptor on which it tells that the network stands. */
void  net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct words *out);

#endif
