/* SPDX-License-Identifier: MIT */
#ifndef DECISIONS_H
#define DECISIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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

#endif
