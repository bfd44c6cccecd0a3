/* SPDX-License-Identifier: MIT */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "plan.h"
#include "secrets.h"

/*
 * Start bwrap by the plan, with FILES (may be NULL) for /run/secrets, IGNORED the
 * bits of the signals that the command is to ignore. Its pid, and in *SOCK our end
 * of the socket on which init.h's messages come, with the sender's credentials:
 * when that is closed the sandbox ends. Dies with a line.
 */
pid_t spawn_bwrap(const struct plan *p, const struct secrets *files,
    unsigned long ignored, int *sock);

#endif
