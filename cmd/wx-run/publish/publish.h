/* SPDX-License-Identifier: MIT */
#ifndef RUN_PUBLISH_H
#define RUN_PUBLISH_H

#include <sys/types.h>

#include "plan/plan.h"

/*
 * Ports of the sandbox on the host's loopback (--publish). A process of ours outside, the relay, listens there. For each
 * connection it connects a socket that was made in the sandbox's network namespace before the command began, and
 * carries bytes both ways. Nothing inside can begin a connection by it.
 */

#define PUBLISH_LINKS 64   /* connections at a time; the next ones wait in the backlog */
/* Descriptors of the relay: the sockets of the namespace, for IPv4 and then for IPv6, then those that listen. When 0 is
 * closed the relay ends. */
#define PUBLISH_FIRST 3

/* Listen at P's ports of 127.0.0.1, and of ::1 where there is IPv6. Dies with a line. */
void publish_listen(const struct plan *p);

/* Start the relay to the network namespace of process PID, before its command begins. False after a line on stderr. */
bool publish_start(const struct plan *p, pid_t pid);

/* The sandbox is over: the relay sends what it still has, for a moment, and is gone when this returns. */
void publish_end(void);

/* The relay, and the first argument by which wx-run is told to be it. What comes after: how many sockets of the namespace
 * there are, and of each that listens the port inside. */
#define PUBLISH_WORD "--relay-published"
_Noreturn void publish_main(int argc, char *argv[]);

/* In the relay: from here on it opens and runs nothing, and connects no other descriptors than those from FIRST to before
 * END, which it cannot close. As wx_confine, left out where the kernel has it not. */
void publish_confine(int first, int end);

#endif
