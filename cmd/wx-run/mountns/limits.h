/* SPDX-License-Identifier: MIT */
#ifndef LIMITS_H
#define LIMITS_H

#include <stdbool.h>

/* What the kernel counts by user (inotify, fanotify), so that one sandbox could take all
 * that the user's programs have. */
#define NLIMITS 4

/* Half of what the user has, of each, to HALF; 0: a kernel without it. */
void limits_halve(long half[static NLIMITS]);

/* Of a process that has entered the user and mount namespaces of a sandbox: that and all
 * below it gets no more than HALF. False with errno. */
bool limits_set(const long half[static NLIMITS]);

#endif
