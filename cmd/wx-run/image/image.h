/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * SPEC of -i with its path made absolute, a leading "~/" by HOME. Dies with a line if it is bad. The caller owns it.
 */
char *image_spec(const char *spec, const char *home);

/*
 * Can P->image be had from where it says, and not from a place that the sandbox, by
 * P->mounts, can write? PULL: is it a name that can be pulled? Dies with a line. Nothing
 * is loaded.
 */
void  image_check(const struct plan *p, bool pull);

/*
 * Have the image in podman's storage, just before the run: P->image for the argv, to
 * take its old one's place. An archive is loaded once, by the hash of what is in it, and
 * is then localhost/wrapix/BASE:HASH; the one that this project had of the same BASE
 * before is removed if no other project's is the same, and no container uses it.
 * With PULL a name that is missing is pulled. Dies with a line.
 */
char *image_ready(const struct plan *p, bool pull);

#endif
