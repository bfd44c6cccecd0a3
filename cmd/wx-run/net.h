/* SPDX-License-Identifier: MIT */
#ifndef NET_H
#define NET_H

#include <sys/types.h>

#include "plan.h"

/* The helper that is installed, pasta first; HELPER_NONE if none is. */
enum helper net_find_helper(void);

/*
 * Begin to join the network namespace of process PID (of our pid namespace) with
 * the outside by the plan's helper, outbound only: nothing of the host's loopback
 * is forwarded to or from it. The helper's pid, our child, that ends with us; or
 * -1 after a line on stderr. When *READY can be read, net_ready tells whether
 * the network stands, and closes it.
 */
pid_t net_start(const struct plan *p, pid_t pid, int *ready);
bool  net_ready(int ready);

/* Say that it does not stand, and what may mend that. */
void  net_failed(const struct plan *p);

/* The helper's argv, a pure function. NETNS and USERNS are paths, READY the
 * number of the descriptor on which it tells that the network stands. */
void  net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct words *out);

#endif
