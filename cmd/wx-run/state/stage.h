/* SPDX-License-Identifier: MIT */
#ifndef STAGE_H
#define STAGE_H

#include <stddef.h>

#include "plan/plan.h"

/*
 * A folder below P->run_dir of what an engine can only take as files, KIND-XXXXXX, mode
 * 0700. It is locked to our end, however that comes: one that nobody holds is that of a
 * run that was killed. All die with a line.
 */

/* Make one. *LOCK: the descriptor that holds it. The caller owns the name. */
char *stage_make(const struct plan *p, const char *kind, int *lock);

/* Write a file of it: BEFORE, and LEN bytes of DATA. */
void stage_write(const char *path, unsigned mode, const char *before, const void *data,
    size_t len);

/* Take it away, or a folder in it, with all that is there. */
void stage_remove(const char *path);

/* Call FORGET, which is to end with stage_remove, for each that nobody holds. Only while
 * no other run of the project can make one (state_lock). */
void stage_sweep(const struct plan *p, const char *kind, void (*forget)(const struct plan *p,
    const char *path));

#endif
