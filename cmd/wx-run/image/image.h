/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * Can P->image be had from where it says, and not from a place that the sandbox, by
 * P->mounts, can write? PULL: is it a name that can be pulled? Dies with a line. Nothing
 * is loaded.
 */
void  image_check(const struct plan *p, bool pull);

/*
 * Have the image in podman's storage, just before the run, by wx-image(1): the image for the argv, to take P->image's
 * place. With PULL a name that is missing is pulled. Dies with a line. The caller owns it.
 */
char *image_ready(const struct plan *p, bool pull);

#endif
