/* SPDX-License-Identifier: MIT */
#ifndef MOUNTNS_H
#define MOUNTNS_H

#include <sys/types.h>

#include <stdbool.h>

#include "plan/plan.h"
#include "plan/store.h"

/* What wx-run does in the mount namespace of a sandbox that stands, before the command
 * runs. PID is a process in it, of the user's own, in a user namespace below ours. */

/*
 * Where the whole Nix store is shown: leave of it what S lists, for good. False after a
 * line where that cannot be done.
 *
 * bwrap could, but it reads the list of all mounts at each of them: 150 paths would
 * take 55 ms and 1,000 take 1.8 s, and here it is 2 and 13 ms.
 */
bool mountns_narrow(const struct store *s, pid_t pid);

/*
 * Make the root and what P binds nosuid and nodev, which podman does not do with an
 * image's root, nor its crun 1.8 with a mount that can be written. Linux before 5.12
 * cannot (mount_setattr(2)): there nothing is done, and that is no failure. False after a line.
 */
bool mountns_tighten(const struct plan *p, pid_t pid);

#endif
