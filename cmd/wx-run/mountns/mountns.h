/* SPDX-License-Identifier: MIT */
#ifndef MOUNTNS_H
#define MOUNTNS_H

#include <sys/types.h>

#include <stdbool.h>

#include "plan/plan.h"

/*
 * What wx-run does in the mount namespace of a sandbox that stands, before the command
 * runs. PID is a process in it, of the user's own, in a user namespace below ours. By one
 * child, in this order:
 * - the user's inotify instances and the like: half of them at the most for this sandbox;
 * - of the Nix store what P->store lists, where that is set. bwrap could, but it reads
 *   the list of all mounts at each of them: 1,000 would take 1.8 s, and here it is 13 ms;
 * - with podman, nosuid and nodev for the root and what P binds, which it does not do with
 *   an image's root, nor its crun 1.8 with a mount that can be written;
 * - what the engine bound is what was looked at (P's dev and ino);
 * - the mounts of P that are LATE, and then those of LATE, by descriptor: what is at their place is opened below
 *   the mount that they lie in, compared, and mounted on itself, or covered. No path of
 *   the host is looked up for it, so a rename between the look and the mount changes
 *   nothing. "socket" is left out where it is gone;
 * - /proc/keys and /proc/key-users are empty;
 * - the list of all mounts is P's (mountinfo.h).
 *
 * Wants Linux 5.12 (mount_setattr(2)). False after one line that says what is wrong.
 */
bool mountns_finish(const struct plan *p, const struct mounts *late, pid_t pid);

#endif
