/* SPDX-License-Identifier: MIT */
#ifndef CONTAINER_H
#define CONTAINER_H

#include "plan/plan.h"

/* The folder of made files inside: no single file can be mounted. */
#define CONTAINER_FILES "/run/wrapix"

/*
 * Die with a line that names it, and the way round, if something was asked for that
 * Apple's container cannot do. What is a default is no demand.
 */
void container_refuse(const struct plan *p);

/* What is made beside the image: HOME, /tmp. */
void container_system(struct plan *p);

/* When all else is in the plan: the made files go where they can be, and the variables
 * that name them are set. */
void container_settle(struct plan *p);

/* What is to stand before the bytes of the made file DEST; may be "". */
const char *container_before(const char *dest);

/* The plan as the argv of container's client; dies if a path cannot be said there. Of L: STAGE, the directory that conrun_plan
 * makes; SECRETS, names of the variables that the client takes from its own environment. */
void container_argv(const struct plan *p, const struct launch *l, struct strv *out);

/* The container's name, by that of the stage. The caller owns it. */
char *container_name(const char *stage);

/* What the engine does not hold, one phrase each, NULL-terminated. */
extern const char *const container_unenforced[];

#endif
