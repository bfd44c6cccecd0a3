/* SPDX-License-Identifier: MIT */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "guard.h"

/*
 * Unix sockets in the project on which somebody listens are services of the host's, and no
 * network namespace keeps a sandbox from one: append to LATE an empty file over each that is
 * found. Those that the kernel lists by a name in the project (proc(5), net/unix), and those
 * among the first names of the project. To be called in a run, before the mounts are made;
 * a socket where nobody listens is left alone, so that a server inside can remove it.
 */
void sockets_cover(const struct guards *g, const struct plan *p, struct mounts *late);

#endif
