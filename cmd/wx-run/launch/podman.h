/* SPDX-License-Identifier: MIT */
#ifndef PODMAN_H
#define PODMAN_H

#include "plan/plan.h"

/* What is made beside the image: HOME, /tmp, the files of names. */
void podman_system(struct plan *p);

/*
 * The plan as podman's argv, a pure function of it. The descriptor 3 is wx-run's
 * socket (init.h). STDIO: init.h. STAGE: the folder that holds what podman can only take as files,
 * made by podman_stage; NULL: as --print-argv shows it. IGNORED: bits of the signals
 * that the command is to ignore.
 */
void podman_argv(const struct plan *p, const char *stage, unsigned long ignored,
    const char *stdio, struct strv *out);

/* In that folder podman writes the pid of the container's monitor, and its id. */
#define STAGE_MONITOR "monitor"
#define STAGE_ID "id"

/* Forget what killed runs left, in the folder and of containers; see stage_sweep. */
void podman_sweep(const struct plan *p);

/*
 * Make the folder (stage.h), with the made files that are mounted, and forget those of
 * runs that were killed, with their containers. No secret is in it. stage_remove takes it
 * away. The caller owns the name. Dies with a line.
 */
char *podman_stage(const struct plan *p);

#endif
