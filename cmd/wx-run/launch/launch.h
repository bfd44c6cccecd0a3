/* SPDX-License-Identifier: MIT */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <sys/types.h>

#include "plan/plan.h"
#include "secret/secret.h"

/*
 * The engines of Linux, which start our init (init.h) in namespaces: bubblewrap as our child, podman by a monitor of its own.
 *
 * Start P's engine, with FILES (may be NULL) for /run/secrets, IGNORED the bits of the signals that the command is to
 * ignore, PTY what of our standard streams is a terminal inside (terminal_word, or NULL). Its pid, and in *SOCK our end
 * of the socket on which init.h's messages come, with the sender's credentials: when that is closed the sandbox
 * ends. Dies with a line.
 */
pid_t launch(const struct plan *p, const struct secrets *files, unsigned long ignored, const char *pty, int *sock);

/*
 * What init is to do where the engine is detached before it lets the command go, for bwrap has its own means: the made
 * files below HOME and the secret ones, the filter, the variables. False if it is gone.
 */
bool launch_prepare(const struct plan *p, const struct secrets *files, int sock);

/*
 * Our standard streams, for init, to SOCK: they wait there for it. What is a terminal inside by PTY, if that is not NULL, is
 * not sent. Dies with a line.
 */
void launch_streams(int sock, const char *pty);

/* Descriptor of /dev/null, close-on-exec. Dies with a line. */
int  launch_null(void);

/* Of bwrap and podman, as struct engine has them; podman's stage is made by equip. */
void bwrap_argv(const struct plan *p, const struct launch *l, struct strv *out);
void bwrap_equip(const struct plan *p, const struct secrets *files, struct launch *l);
void podman_system(struct plan *p);
void podman_argv(const struct plan *p, const struct launch *l, struct strv *out);
void podman_equip(const struct plan *p, const struct secrets *files, struct launch *l);
void podman_sweep(const struct plan *p);

/*
 * podman has started a container and left: the pid of its monitor (conmon(8)), or -1
 * with a line. _said: it has failed; what it said of that goes to standard error. _clean: its stage is removed, if there is one.
 */
pid_t podman_monitor(void);
void  podman_said(void);
void  podman_clean(void);

#endif
