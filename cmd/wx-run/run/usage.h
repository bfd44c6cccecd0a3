/* SPDX-License-Identifier: MIT */
#ifndef USAGE_H
#define USAGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

/* What a command takes of memory, and whether the kernel killed for it, by its cgroup. */
struct usage {
	int           events;   /* the file that counts the kernel's kills (memory.events), or -1 */
	int           peak;     /* that of the most that was in use, or -1 */
	unsigned long before;   /* kills before it began: others may be in the cgroup */
	unsigned long kills;    /* since then */
	uint64_t      bytes;    /* the most; 0: not known */
};

/* The process PID begins. OWN: its cgroup is the sandbox's alone, so that what is used in it is its. */
void usage_begin(struct usage *u, pid_t pid, bool own);

/* Look at both again, if they are there. Once more at the end: a cgroup goes with its last process. */
void usage_look(struct usage *u);

/* A look at last. */
void usage_end(struct usage *u);

#endif
