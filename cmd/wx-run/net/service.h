/* SPDX-License-Identifier: MIT */
#ifndef SERVICE_H
#define SERVICE_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "decisions.h"
#include "libcommon/tool/strv.h"
#include "place.h"
#include "plan/plan.h"

/* A process of ours outside that serves the sandbox: makes its network, or answers for an API. */
struct service {
	const char *name;  /* its program, */
	const char *what;  /* and what it does, for people: "the network" */
	pid_t  pid;        /* our child, that ends with us; -1: none */
	int    ready;      /* can be read when it stands or fell, or -1 */
	int    words;      /* its standard error, or -1 */
	bool   talks;      /* there when all is well, too */
	char   said[1024]; /* the first of it */
	size_t len;
	struct decisions log;   /* its standard output, where that has one line for each thing done */
	char  *control;    /* its control socket, or NULL */
};

/* One that is not there. */
#define SERVICE_NONE { .pid = -1, .ready = -1, .words = -1, .log = { .in = -1, .file = -1 } }

/* How one is started that has sockets of the sandbox's. */
struct service_start {
	const char          *program;   /* absolute */
	const struct strv  *argv;
	int                  in;        /* its standard input */
	const struct place  *places;    /* the sockets: SERVICE_FIRST and so on there */
	size_t               nplaces;
	const char *const   *envp;      /* or NULL: PATH alone */
	const char          *log;       /* the name of the file in P's state that has its standard output */
};

#define SERVICE_READY 3   /* the descriptor on which it tells that it stands */
#define SERVICE_FIRST 4   /* that of the first of its sockets */

/* The way out of this machine by proxies, and who vouches for servers: of our environment that and no more, with a PATH.
 * The strings are the caller's. */
void service_environment(struct strv *out);

/*
 * Start it as our child, which ends with us; S has its name, its work and its control socket. IN and the sockets are
 * then closed here, whether it stands or not: when it dies nothing listens any more, and that shows. False after a
 * line on stderr.
 */
bool service_start(struct service *s, const struct plan *p, const struct service_start *how);

#define SERVICE_NFDS 3

/* What there is of it to wait for: READY, WORDS and its log, in this order. */
void service_poll(const struct service *s, struct pollfd pfd[static SERVICE_NFDS]);

/* When READY can be read: does it stand? Closes READY. */
bool service_ready(struct service *s);

/* When WORDS can be read: it is kept. */
void service_listen(struct service *s);

/* Say what it said. One whose front the sandbox talks to must not drive the terminal: shown. */
void service_say(struct service *s);

/* Has it died? */
bool service_died(struct service *s);

/* Kill it, if it is there. */
void service_kill(struct service *s);

/* Say that it was lost before the end, and what it said if it is not one that talks. */
void service_lost(struct service *s);

/* Say that it does not stand, and what it said: nothing was run. */
void service_failed(struct service *s);

/* The sandbox is over: what it has only counted so far it may say, for a moment. Its control socket goes. */
void service_end(struct service *s);

#endif
