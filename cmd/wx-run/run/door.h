/* SPDX-License-Identifier: MIT */
#ifndef DOOR_H
#define DOOR_H

#include "sandbox.h"

/*
 * The door of a run that is at work: a socket in the directory of the runs (live.h), which no sandbox shows. To connect is
 * to ask for a command that joins the run. The answer is one message with two descriptors: a socket to a new child of the
 * first process (init.h), and a file in memory with what goes to it (join.h). wx-run reads nothing that comes by the door.
 */

/* Open that of P's run: a descriptor, or -1 after a line. The run goes on without. */
int  door_open(const struct plan *p);

/* Somebody is there. Never waits. */
void door_answer(struct sandbox *s);

/* Ask for the one of the run RUN of P's user: *SOCK and *WORDS, the caller's. False with errno: no such run is
 * there, or its command has not begun. */
bool door_ask(const struct plan *p, const char *run, int *sock, int *words);

#endif
