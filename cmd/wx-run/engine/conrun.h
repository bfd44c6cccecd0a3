/* SPDX-License-Identifier: MIT */
#ifndef CONRUN_H
#define CONRUN_H

#include "plan/plan.h"
#include "run/run.h"
#include "secret/secret.h"

/*
 * Run the plan by Apple's container, as run_plan does by the other engines; no first
 * process of ours is inside. MEANWHILE is called before the client is started. The
 * container is gone when this returns. Should wx-run be killed, a process that
 * waits for that ends the container; should that be killed too, the next run does.
 */
struct outcome conrun_plan(const struct plan *p, struct secrets *env, struct secrets *files,
    void (*meanwhile)(void *, struct mounts *late), void *arg);

/* End what conrun_plan began, where it could not return. */
void conrun_abandon(void);

/* Forget what killed runs left, in the folder and of containers; see stage_sweep. */
void conrun_sweep(const struct plan *p);

#endif
