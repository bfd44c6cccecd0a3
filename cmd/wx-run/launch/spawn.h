/* SPDX-License-Identifier: MIT */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "plan/plan.h"
#include "plan/secrets.h"

/*
 * Start the engine by the plan, with FILES (may be NULL) for /run/secrets, IGNORED the
 * bits of the signals that the command is to ignore, PTY what of our standard streams is a
 * terminal inside (terminal_word, or NULL). Its pid, and in *SOCK our end
 * of the socket on which init.h's messages come, with the sender's credentials:
 * when that is closed the sandbox ends. Dies with a line.
 */
pid_t spawn_engine(const struct plan *p, const struct secrets *files,
    unsigned long ignored, const char *pty, int *sock);

/*
 * What a container's first process is to do before it lets the command go, for bwrap
 * has its own means: the made files below HOME and the secret ones, the filter, the
 * variables. False if it is gone.
 */
bool spawn_prepare(const struct plan *p, const struct secrets *files, int sock);

/*
 * Our standard streams, for the first process, to SOCK: they wait there for it. What is a
 * terminal inside by PTY, if that is not NULL, is not sent. Dies with a line.
 */
void spawn_streams(int sock, const char *pty);

/*
 * podman has started a container and left: the pid of its monitor (conmon(8)), or -1
 * with a line. _said: it has failed; what it said of that goes to standard error.
 */
pid_t spawn_monitor(void);
void  spawn_said(void);

/* Take away what was made on the host's disk for the engine. */
void spawn_clean(void);

#endif
