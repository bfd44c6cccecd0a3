/* SPDX-License-Identifier: MIT */
#ifndef HELPER_H
#define HELPER_H

#include <sys/types.h>

#include "libcommon/tool/strv.h"

#define HELPER_FDS 160
#define HELPER_PATH "PATH=/usr/local/bin:/usr/bin:/bin"

/*
 * In a child of PARENT: become PROGRAM (a path, or looked up on our PATH) with ARGV, the N descriptors FDS
 * (HELPER_FDS at the most) at their NUMBERs and else nothing of ours: /dev/null for an output, default signals, the
 * environment ENVP, or NULL for PATH alone, a session of its own so that ^C is not for it, and an end with wx-run's.
 */
_Noreturn void helper_become(const char *program, const struct strv *argv, const int fds[],
    const int number[], int n, pid_t parent, const char *const *envp);

/* Close those of the N that are not -1. */
void helper_close(const int fds[], int n);

/*
 * The user namespace that owns the network namespace NETNS, from which alone that can
 * be configured. No process need be in it (bwrap makes another inside), so that it
 * has no path but through a descriptor. -1 and errno.
 */
int helper_owner(int netns);

#endif
