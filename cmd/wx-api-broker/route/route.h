/* SPDX-License-Identifier: MIT */
#ifndef ROUTE_H
#define ROUTE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

#define ROUTES_MAX   8
#define ROUTE_NAME   32
#define ROUTE_RULES  64
#define ROUTE_KINDS  8
#define ROUTE_FIELDS 16
#define ROUTE_GUESTS 8
#define DEFINES_MAX  16

enum shape { SHAPE_TEXT, SHAPE_ANTHROPIC, SHAPE_OPENAI, SHAPE_GEMINI };

/* How a secret of one kind is sent. */
struct auth {
	char kind[32];                /* of wx_secret_kind, or "default" */
	char header[RULE_NAME];
	char format[RULE_NAME];       /* with "{}" for the secret */
	char agent[RULE_NAME];        /* what User-Agent must begin with; may be empty */
};

/* What a run may use; 0: no limit. */
struct budget {
	uint64_t requests, bytes, tokens;
};

/* A variable of who is served: where "{url}" stands in VALUE is the place of the route, "{word}" is the guest's word. */
struct guest {
	char name[RULE_NAME];
	char value[RULE_PATH];
};

/* A file of a route. Read before anything else is, and not written after. */
struct route {
	char          name[ROUTE_NAME];
	char          file[PATH_MAX];
	char          upstream[RULE_PATH]; /* "https://host" or "https://host:port" */
	char          secret[RULE_PATH];   /* the name of its line on standard input */
	enum shape    shape;
	struct auth   auth[ROUTE_KINDS];
	size_t        nauth;
	struct rule   rules[ROUTE_RULES];
	size_t        nrules;
	char          drop_request[ROUTE_FIELDS][RULE_NAME], drop_response[ROUTE_FIELDS][RULE_NAME];
	size_t        ndrop_request, ndrop_response;
	bool          identity;      /* answers are asked for uncompressed */
	struct budget budget;
	uint64_t      body;          /* bytes of a request's body at the most */
	unsigned      idle;          /* seconds without a byte from upstream */
	unsigned      port;          /* 0: none is said */
	struct guest  guests[ROUTE_GUESTS];
	size_t        nguests;
};

/* NAME=VALUE of the command line, for "{NAME}" in a path. */
struct define {
	const char *name;
	size_t      len;
	const char *value;
};

/*
 * Read the route WHAT into R: a file, if there is a '/' or a "." in it, else NAME.json of the user's folder or
 * of where this is installed. False: it is refused, and all that is wrong with it is said on standard error.
 */
bool route_read(struct route *r, const char *what, const struct define *defines, size_t ndefines);

/* How R sends a secret of this kind: its own entry, or the default; NULL: not at all. */
const struct auth *route_auth(const struct route *r, const char *kind);

#endif
