/* SPDX-License-Identifier: MIT */
#ifndef MEMORY_H
#define MEMORY_H

#include <sys/types.h>

/*
 * Where no cgroup holds a sandbox's memory, the first process looks after it, as the kernel's out-of-memory killer
 * does: all processes of its PID namespace together have so many bytes, and the largest of them is killed when they
 * have more. A limit of each process (setrlimit(2), RLIMIT_DATA) is no such thing: all together may have it many
 * times, and programs that only reserve addresses, such as those built with ASan, do not start.
 */
#define MEMORY_DYING 64

struct memory {
	unsigned long long limit;   /* bytes; 0: there is none */
	unsigned           looks;   /* one after the other that ended some */
	int                ended;   /* processes, since the last memory_ended() */
	/* Those that were ended lately: they take their time to let go, and do not count. */
	struct { pid_t pid; double until; } dying[MEMORY_DYING];
	unsigned           next;
};

/*
 * Look at all processes. Where they have too much, end the largest until the others have not; end all if that does not
 * help. Milliseconds until it is to be called again: the more is free the more, for nobody fills it faster
 * than the processors write. -1: never.
 */
int memory_look(struct memory *m);

/* How many were ended since this was asked last; where all were that is one. */
int memory_ended(struct memory *m);

#endif
