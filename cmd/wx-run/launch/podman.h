/* SPDX-License-Identifier: MIT */
#ifndef PODMAN_H
#define PODMAN_H

#include "launch.h"

/* In that folder podman writes the pid of the container's monitor, and its id. */
#define STAGE_MONITOR "monitor"
#define STAGE_ID "id"

/*
 * Make the folder (stage.h), with the made files that are mounted, and forget those of
 * runs that were killed, with their containers. No secret is in it. stage_remove takes it
 * away. The caller owns the name. Dies with a line.
 */
char *podman_stage(const struct plan *p);

/* The settings of podman for the container of STAGE, which podman_stage writes (libcommon/containersconf.h); the caller's to free. */
char *podman_conf(const char *stage);

#endif
