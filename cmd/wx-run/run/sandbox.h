/* SPDX-License-Identifier: MIT */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <sys/types.h>

#include <stdbool.h>
#include <time.h>

#include "net/net.h"
#include "plan/plan.h"
#include "secret/secret.h"
#include "tty/tty.h"
#include "usage.h"

#define GRACE_SECONDS 2.0    /* from SIGTERM at the time limit to SIGKILL */
#define STOP_SECONDS 10.0    /* the same where somebody stops the run */
#define CLEAN_SECONDS 10.0   /* for podman to take a container away */

/* A run while it lasts; there is one. */
struct sandbox {
	const struct plan *plan;
	struct mounts late;   /* besides the plan's: see run.h */
	struct secrets *secrets;  /* variables; or NULL */
	struct secrets *files;    /* the same as files */
	struct terminal terminal;
	struct relay relay; /* to the command's */
	bool  front;        /* which has its foreground from the start */
	pid_t engine;       /* our child: bwrap, or podman and then its monitor */
	bool  monitored;    /* it is the monitor */
	int   init;         /* the first process as pidfd, or -1 */
	struct service net, broker;   /* what serves it from outside */
	pid_t group;        /* the command's pid, and its process group's */
	int   command;      /* the same as pidfd, or -1 */
	int   sock;         /* our end, or -1 */
	int   control;      /* the first process's ear, or -1 */
	int   door;         /* where commands that join come (door.h), or -1 */
	int   words;        /* of a command that joins another's run what that has for it; -1: a run itself */
	int   signals;      /* signalfd */
	bool  failed;       /* we gave it up, and said why */
	bool  let_go;       /* the command runs, */
	bool  lean;         /* and we have let go of what we did not need since */
	struct timespec began;   /* since then at the earliest */
	bool  ended;        /* it has ended, with */
	int   status;       /* this wait status */
	int   exec_error;   /* errno of its exec, or 0 */
	int   killed_by;    /* a signal that ended us before the command ran */
	bool  interrupted;  /* SIGINT came from our terminal */
	bool  stop_asked;   /* ^Z came from it, and nothing has stopped since */
	struct service *lost;   /* the one of them that died under the command, or NULL */
	double deadline;    /* monotonic seconds; 0: none */
	bool  timed_out;
	bool  stopped;      /* by wx-run --stop */
	struct usage usage; /* of memory */
	unsigned long ended_for_memory;   /* processes, by the first one inside (inside/memory.h) */
	uint64_t largest;   /* of a process inside: the most memory that it had at a time; 0: not known */
	double started, over;    /* monotonic seconds: the command's time */
	bool  ending;       /* it is to end by itself, until the deadline */
};

/* The signals that were ignored as we began, by bits; who started us, and whom we do not outlive, or 0. */
extern unsigned long run_ignored;
extern pid_t run_supervisor;

/* Monotonic seconds. */
double sandbox_now(void);

/* SIG to the command alone, or to its process group. */
bool sandbox_signal(const struct sandbox *s, int sig);
void sandbox_signal_group(const struct sandbox *s, int sig);

/* End it, from the first process on; what it leaves ending_processes ends. */
void sandbox_kill(struct sandbox *s);

/* The same, because it cannot be begun; the reason was said. */
void sandbox_give_up(struct sandbox *s);

/* Open the door (run.h) of P's run: a descriptor, or -1 after a line. The run goes on without. */
int  door_open(const struct plan *p);

/* Somebody is there. Never waits. */
void door_answer(struct sandbox *s);

#endif
