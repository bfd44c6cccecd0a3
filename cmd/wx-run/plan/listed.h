/* SPDX-License-Identifier: MIT */
#ifndef LISTED_H
#define LISTED_H

#include <stdbool.h>
#include <stdio.h>

#include "libcommon/tool/strv.h"

#define LISTED_PORTS 60      /* of TCP, at which hosts are reached: wx-egress takes 128 sockets in all */
#define LISTED_FORWARDS 64
#define LISTED_PROXY 3128    /* of the proxy inside, on 127.0.0.1 */

/* A port of 127.0.0.1 inside, and what it leads to: ADDRESS:PORT of the host's loopback. */
struct forward {
	unsigned port;
	char    *to;
};

/* The network "listed": hosts by name, and nothing else (wrapix-network(5)). */
struct listed {
	char          *program;   /* wx-egress, absolute; NULL: not looked for yet */
	struct strv   allow, deny;   /* entries, no groups: words, or a JSON object */
	struct forward forwards[LISTED_FORWARDS];
	size_t         nforwards;
	unsigned       ports[LISTED_PORTS];
	size_t         nports;
	const char    *parent;    /* the proxy through which all is reached: a URL, "environment", or NULL */
	const char    *log;       /* where decisions are written, or NULL: in the state */
	unsigned       ask;       /* seconds that somebody may take to answer for a host; 0: nobody is asked */
};

/* The port joins L's, if it is not there yet. False: there are too many. */
bool listed_port(struct listed *l, unsigned port);

/* A list of entries as JSON. */
void listed_entries(FILE *fp, const struct strv *w);

/* The list of forwards as JSON. */
void listed_forwards(FILE *fp, const struct listed *l);

/* What wx-egress reads: a line of JSON. */
void listed_policy(FILE *fp, const struct listed *l);

/* That in a file of memory, at its start: a descriptor, or -1 after a line. */
int  listed_policy_file(const struct listed *l);

/* The host of ENTRY as the user wrote it, with its ports. The caller owns it. */
char *listed_host(const char *entry);

#endif
