/* SPDX-License-Identifier: MIT */
#ifndef DEVICES_H
#define DEVICES_H

#include "request/request.h"

/*
 * --device and the profile's devices: add to P each device that is asked for, a path in
 * /dev or the word "gpu" for all that compute or draw, and what the kernel says of it in
 * /sys. Dies with a line where one is not there, is of no kind that is allowed, or is
 * closed to the user: no device gets inside that the user could not open.
 */
void devices_add(const struct request *r, struct plan *p);

/* Is PATH, of /dev, of a kind that is allowed? *GPU: also for the word "gpu". */
bool device_allowed(const char *path, bool *gpu);

#endif
