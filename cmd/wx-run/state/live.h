/* SPDX-License-Identifier: MIT */
#ifndef LIVE_H
#define LIVE_H

#include "plan/plan.h"

#define LIVE_STOP 0x73746f70   /* comes with the SIGTERM of wx-run --stop (sigqueue(3)) */

/*
 * The runs of this user that are at work, in all projects: a file each in ".atwork.run", beside the
 * projects' states, that is locked (flock(2)) as long as its wx-run is there. So one that was killed is in no
 * list, whatever it left; who finds its file removes it. Beside it, by the same name and ".sock", is the run's
 * door (door.h).
 */
struct live {
	char *run;       /* its name, and that of the file */
	char *project, *engine, *profile, *agent;   /* the last two may be "" */
	long  pid;       /* of its wx-run; 0: it is in another PID namespace */
};

struct lives {
	struct live *v;
	size_t       n, cap;
};

/* This run begins: what the file says is P's, that the profile is the file PROFILE and the agent AGENT; both may be NULL. A
 * descriptor, which holds the lock; dies with a line. */
int live_begin(const struct plan *p, const char *profile, const char *agent);

/* It has ended; FD is closed. */
void live_end(const struct plan *p, int fd);

/* Append those that are at work, the oldest first. P: the user (host_user), at the least. */
void live_list(const struct plan *p, struct lives *out);

/* Is L at work still? */
bool live_there(const struct plan *p, const struct live *l);

/* The directory, as a descriptor, or -1 with errno; and the name of the door of the run RUN in it, which the caller
 * owns. */
int   live_dir(const struct plan *p);
char *live_door(const char *run);

/* Is PATH that directory, or in it? No sandbox gets at it. */
bool live_holds(const struct plan *p, const char *path);

/* When the run RUN began, as RFC 3339 writes it. The caller owns it. */
char *live_since(const char *run);

#endif
