/* SPDX-License-Identifier: MIT */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

#include "judge.h"

/* The user is asked by the program SSH_ASKPASS, about one signature at a time, as ssh-agent(1) asks for a key of
 * ssh-add -c. */

/* Run it: the descriptor of its answer, or -1. */
int  ask_begin(const struct policy *p, const struct verdict *v);

/* Its descriptor is ready: false as long as it is at work, else true and in *YES what it said. */
bool ask_end(bool *yes);

/* ms that it has left, or -1 if none is at work; at 0 to be cut by ask_cut, as where nobody waits any more. */
int  ask_left(void);
void ask_cut(void);

#endif
