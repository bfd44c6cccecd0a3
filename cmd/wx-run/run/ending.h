/* SPDX-License-Identifier: MIT */
#ifndef ENDING_H
#define ENDING_H

#include "run.h"
#include "sandbox.h"

/* End all processes of the run: when this returns nothing inside can touch the project any more, and the
 * network's helper is gone. */
void ending_processes(struct sandbox *s);

/* What was printed last. The terminal may be stopped (^S), or nobody read it: a signal ends that, and where the
 * time limit was reached we do not wait for long. */
void ending_show(struct sandbox *s);

/* What wx-run exits with, where the engine ended with the wait status STATUS; says what there is to be said. */
int ending_status(struct sandbox *s, int status);

/* What else there is to be said of that end. */
struct end ending_facts(const struct sandbox *s, int status);

#endif
