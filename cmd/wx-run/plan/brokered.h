/* SPDX-License-Identifier: MIT */
#ifndef BROKERED_H
#define BROKERED_H

#include <stddef.h>

#include "libcommon/tool/strv.h"

#define BROKERED_ROUTES 8
#define BROKERED_PORT 3133   /* of the first route that says none; the shipped ones have those below */

/* A route of wx-api-broker, and where it is served inside: 127.0.0.1:PORT. */
struct broker_route {
	char        *name, *file, *upstream, *url;
	unsigned     port;
	struct strv guests;   /* by twos: variables, and their values with {url} and {word} in them */
};

/* APIs that are used inside with a secret which is not there (wx-api-broker(1)). */
struct brokered {
	char               *program;   /* wx-api-broker, absolute */
	char               *word;      /* in the secret's place inside; another for each run */
	struct broker_route routes[BROKERED_ROUTES];
	size_t              n;         /* 0: none */
	char               *api;       /* where the agent's is, inside or the API itself; NULL: it has no route */
	int                 fd;        /* where the secrets come */
};

#endif
