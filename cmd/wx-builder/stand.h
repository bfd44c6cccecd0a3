/* SPDX-License-Identifier: MIT */
#ifndef STAND_H
#define STAND_H

#include <stdbool.h>
#include <stddef.h>

#include "builder.h"
#include "engine.h"

/*
 * What the kernel says of a container of podman's on this host, whatever podman believes of it: podman's own state is
 * not told when a process is killed, and is lost with its runtime directory.
 */

/* Do its first process, its monitor, its network's process and the listener of its port run? WHY: which does not. */
bool stand_runs(const struct look *l, char *why, size_t cap);

/* Has its first process namespaces of its own, no capability, no new privileges, and a seccomp filter? WHAT: what it has not. */
bool stand_walls(const struct look *l, char *what, size_t cap);

/* Is PID the first process of this builder's container: does it see K/server as /etc/wrapix? */
bool stand_is_ours(const struct builder *b, long pid);

/* Is that process, which may be on its way to its end, still there? */
bool stand_is_there(long pid);

#endif
