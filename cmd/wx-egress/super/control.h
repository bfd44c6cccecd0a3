/* SPDX-License-Identifier: MIT */
#ifndef CONTROL_H
#define CONTROL_H

#include <poll.h>

#include "run.h"

#define CONTROL_CLIENTS 16
#define CONTROL_POLLS   (1 + CONTROL_CLIENTS)

/* The socket by which the user changes the policy of a run, and what was granted for a time. */

/* Listen at PATH, in a directory that is ours and nobody else may enter: its descriptor is returned. Dies with WX_FAIL. */
int  control_open(const char *path);

/* Remove the socket. */
void control_close(void);

/* What is to be waited for, CONTROL_POLLS of them, and for how long at the most: ms, or -1. */
void control_gather(struct pollfd p[static CONTROL_POLLS]);
int  control_wait(void);

/* After the wait. */
void control_step(struct run *r, const struct pollfd p[static CONTROL_POLLS]);

/* To those who watch: the LINE of a decision. */
void control_tell(const char *line);

/* The front asks, for a connection that is not listed. */
void control_ask(struct run *r, const struct link_event *e);

#endif
