/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_H
#define ENGINE_H

#include "plan/plan.h"

/* The engine NAME, or NULL: there is none on this system. */
const struct engine *engine_find(const char *name);

/* The one to be taken where none is asked for: IMAGE, with an image or without. */
const struct engine *engine_auto(bool image);

/* P's engine, and its program. Dies with a line where that is not there. */
void engine_want(const struct plan *p);

/* Forget what killed runs of P's project left of containers, by all engines that are there. With state_lock held. */
void engine_sweep(const struct plan *p);

#endif
