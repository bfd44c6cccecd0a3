/* SPDX-License-Identifier: MIT */
#ifndef NET_H
#define NET_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <netinet/in.h>

#include "libcommon/tool/strv.h"
#include "plan/plan.h"

#define DECISIONS_HOSTS 256   /* that are kept apart; the others are counted */
#define DECISIONS_LINE 4096   /* of a line: a pipe keeps it whole (PIPE_BUF) */
#define DECISIONS_FILE "network.ndjson"

/* A host that was refused. */
struct refusal {
	char     host[256], reason[64];
	unsigned port;
	unsigned long long times;
};

/* What wx-egress says of each connection: NDJSON, by a pipe. */
struct decisions {
	int            in;       /* our end of it, or -1 */
	int            file;     /* where the lines are kept, or -1 */
	char          *path;     /* of that */
	size_t         written;
	char          *line;     /* DECISIONS_LINE bytes, and what is in them */
	size_t         len;
	bool           skip;     /* to the end of a line that is too long */
	struct refusal *v;
	size_t         n, cap;
	unsigned long long others;   /* refusals of more hosts */
};

/* Open the log NAME of P's project, in its state (0600; one that is full becomes NAME.old), or where that is a path the
 * file there. IN is the pipe's. */
void decisions_open(struct decisions *d, const struct plan *p, const char *name, int in);

/* When IN can be read: take what is there; false where nothing is. Closes it at its end. */
bool decisions_read(struct decisions *d);

/* When wx-egress is gone: take the rest, and close both. */
void decisions_end(struct decisions *d);

/* Lines on stderr: of the hosts refused most often, each with the option that allows it. */
void decisions_say(struct decisions *d);

/* An object a line to FP, as the report's findings are. */
void decisions_json(const struct decisions *d, FILE *fp);

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

/* The helper that is installed, pasta first; HELPER_NONE if none is. */
enum helper net_find_helper(void);

/*
 * Begin to join the network namespace of process PID (of our pid namespace) with
 * the outside by the plan's helper, outbound only: nothing of the host's loopback
 * is forwarded to or from it. False after a line on stderr.
 */
bool net_start(struct service *n, const struct plan *p, pid_t pid);

/* Say that the network does not stand, what the helper said, what may mend it. */
void net_failed(struct service *n, const struct plan *p);

/* The helper's argv, a pure function. NETNS and USERNS are paths, READY the
 * number of the descriptor on which it tells that the network stands. */
void  net_argv(const struct plan *p, const char *netns, const char *userns,
    int ready, struct strv *out);

#define USES_FILE "uses.ndjson"

/*
 * Begin to serve P's routes in the network namespace of process PID (of our pid namespace): a socket for each inside
 * (place.h), and wx-api-broker here, which has them, and the secrets of P->brokered.fd, which is then closed here. What
 * it says of each request goes to USES_FILE in the project's state. False after a line on stderr.
 */
bool brokered_start(struct service *s, const struct plan *p, pid_t pid);

/* Its arguments, a pure function: READY is the descriptor on which it tells that it stands, FIRST that of the first of
 * the sockets. */
void brokered_argv(const struct plan *p, int ready, int first, struct strv *out);

#define HELPER_FDS 160
#define HELPER_PATH "PATH=/usr/local/bin:/usr/bin:/bin"

/*
 * In a child of PARENT: become PROGRAM (a path, or looked up on our PATH) with ARGV, the N descriptors FDS
 * (HELPER_FDS at the most) at their NUMBERs and else nothing of ours: /dev/null for an output, default signals, the
 * environment ENVP, or NULL for PATH alone, a session of its own so that ^C is not for it, and an end with wx-run's.
 */
_Noreturn void helper_become(const char *program, const struct strv *argv, const int fds[],
    const int number[], int n, pid_t parent, const char *const *envp);

/* Close those of the N that are not -1. */
void helper_close(const int fds[], int n);

/*
 * The user namespace that owns the network namespace NETNS, from which alone that can
 * be configured. No process need be in it (bwrap makes another inside), so that it
 * has no path but through a descriptor. -1 and errno.
 */
int helper_owner(int netns);

#define PLACE_FIRST 0xc6120001u   /* 198.18.0.1, and the block of it, of which wx-egress gives a name */
#define PLACE_MASK  0xfffe0000u   /* each address */

/* A socket inside: of TCP it listens, of UDP it is bound. Numbers are in host order. */
struct place {
	int       type;      /* SOCK_STREAM, SOCK_DGRAM */
	in_addr_t address;
	unsigned  port;
	int       fd;        /* out */
};

/*
 * Make the N sockets of V in the network namespace NETNS (a path of /proc), in which lo then is up, and with BLOCK has
 * all of PLACE_FIRST's block. A child does it, with the power over that namespace that nothing inside has; it
 * is gone when this returns. The descriptors are close-on-exec and do not block; the caller owns them. False
 * after a line on stderr, and then none is open.
 */
bool place_sockets(const char *netns, bool block, struct place *v, size_t n);

/* Close all of V. */
void place_close(struct place *v, size_t n);

/*
 * Make N sockets of TCP for IPv4 in the network namespace NETNS, as place_sockets does, and after them N for IPv6:
 * neither bound nor connected, so that whoever holds them connects to what listens there, from any namespace.
 * How many are in FDS: 2 * N, N where the kernel has no IPv6, and 0 after a line on stderr.
 */
size_t place_clients(const char *netns, int fds[], size_t n);

#endif
