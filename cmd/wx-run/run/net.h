/* SPDX-License-Identifier: MIT */
#ifndef NET_H
#define NET_H

#include <sys/types.h>

#include "decisions.h"
#include "plan/plan.h"

/* The helper that is installed, pasta first; HELPER_NONE if none is. */
enum helper net_find_helper(void);

/* The helper at work. */
struct network {
	pid_t  pid;       /* our child, that ends with us; -1: none */
	int    ready;     /* can be read when it stands or fell, or -1 */
	int    words;     /* its standard error, or -1 */
	char   said[1024];/* the first of it */
	size_t len;
	struct decisions log;   /* of wx-egress, */
	char  *control;   /* and its control socket, or NULL */
};

/*
 * Begin to join the network namespace of process PID (of our pid namespace) with
 * the outside by the plan's helper, outbound only: nothing of the host's loopback
 * is forwarded to or from it. False after a line on stderr.
 */
bool net_start(struct network *n, const struct plan *p, pid_t pid);

/* When READY can be read: does the network stand? Closes READY. */
bool net_ready(struct network *n);

/* When WORDS can be read. Helpers talk when all is well too: it is kept. */
void net_listen(struct network *n);

/* Say that the network does not stand, what the helper said, what may mend it. */
void net_failed(struct network *n, const struct plan *p);

/* Say that it was lost before the end; of wx-egress also what that said. */
void net_lost(struct network *n, const struct plan *p);

/* The sandbox is over: wx-egress may say what it has only counted so far, for a moment. Its control socket goes. */
void net_end(struct network *n);

/* The helper's argv, a pure function. NETNS and USERNS are paths, READY the
 * number of the descriptor on which it tells that the network stands. */
void  net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct words *out);

#endif
