/* SPDX-License-Identifier: MIT */
#ifndef CONTROL_H
#define CONTROL_H

#include "plan/plan.h"

/*
 * Where wx-allow finds the wx-egress of a run: $XDG_RUNTIME_DIR/wrapix/net.HASH.PID/control, in a directory that is
 * made here, the user's alone; HASH is the project's, as in the state. Those of runs that were killed are removed.
 * The path is the caller's to free; NULL where there is no such directory, after a line if that cannot be made.
 */
char *control_make(const struct plan *p);

/* Remove it, and its directory; frees PATH, which may be NULL. */
void control_remove(char *path);

#endif
