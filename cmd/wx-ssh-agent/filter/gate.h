/* SPDX-License-Identifier: MIT */
#ifndef GATE_H
#define GATE_H

#include "filter.h"

struct gate {
	int                  listener, stop; /* see filter.h */
	int                  filter;         /* the channel */
	const struct policy *policy;
};

/* Until it is over, see filter_serve. */
_Noreturn void gate_serve(struct gate *g);

/* Sockets, which do not wait, close-on-exec: one that PATH names is bound or connected. -1 with errno. */
int gate_socket(const char *path, bool listen_there);

#endif
