/* SPDX-License-Identifier: MIT */
#ifndef FORGET_H
#define FORGET_H

#include "plan/plan.h"

/*
 * wx-run --forget: remove what is kept of the project, its state and what notes its
 * runs, after what a killed run left in it is swept. WX_OK, also where nothing is; while
 * a run is on WX_TEMP and a line. What remains after a failure a second call removes.
 */
int forget(const struct plan *p);

#endif
