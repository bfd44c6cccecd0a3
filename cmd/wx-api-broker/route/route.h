/* SPDX-License-Identifier: MIT */
#ifndef ROUTE_H
#define ROUTE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RULE_PATH   256
#define RULE_NAME   64
#define RULE_PARAMS 16

/* The methods that a rule may name, as bits. */
enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHODS };

/* What is allowed to be asked for. */
struct rule {
	unsigned methods;
	char     path[RULE_PATH];  /* '*' is one step, or a part of one */
	bool     prefix;           /* and what is below it */
	bool     any_query;
	char     query[RULE_PARAMS][RULE_NAME]; /* parameters that may be there */
	size_t   nquery;
	bool     open;             /* neither the guest's word is wanted, nor a secret added */
};

/* The method S of LEN bytes, or -1. */
int         rule_method(const char *s, size_t len);
const char *rule_method_name(int method);

/* What is wrong with such a path of a rule; NULL: nothing. */
const char *rule_path_fault(const char *path);

/* Why a request is not allowed, in the order in which it is looked at. */
enum refusal { RULE_OK, RULE_TARGET, RULE_PATH_NOT, RULE_METHOD_NOT, RULE_QUERY_NOT };

/*
 * The rule of the N at RULES that allows METHOD (of rule_method; -1 is none's) on the LEN bytes of origin-form at
 * TARGET, in *WHICH; else why not. Bytes are compared as they are, and a path that can be read in two ways is
 * never allowed.
 */
enum refusal rule_find(const struct rule *rules, size_t n, int method, const char *target, size_t len,
    const struct rule **which);

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

/* Fields of heads: which go on. NAME is LEN bytes. What belongs to one connection is left to the HTTP parser and libcurl besides. */

/* May a client's field go on to R's upstream? Not who the client is, nor what frames the message, nor what we set ourselves. */
bool field_for_upstream(const struct route *r, const char *name, size_t len);

/* May a field of R's upstream go on to the client? */
bool field_for_client(const struct route *r, const char *name, size_t len);

/* Is it one by which a client says who it is? */
bool field_is_credential(const char *name, size_t len);

/* Is "NAME: VALUE" a line of a head, and nothing more? The length of the name, else 0. */
size_t field_name_length(const char *line);

/* Is NAME, of LEN bytes, TEXT, where capitals do not count? */
bool field_is(const char *name, size_t len, const char *text);

#define USAGE_MODEL 64

/* What an answer says that it used, in tokens; -1: it does not say. */
struct usage {
	char    model[USAGE_MODEL];
	int64_t input, cache_read, cache_write, output;
};

/* The reading of one answer: its JSON as a whole, or its events, line by line. */
struct meter {
	struct usage usage;
	enum shape   shape;
	bool         events;   /* the answer is a stream of them */
	bool         skip;     /* events: to the end of the line; else all of it */
	char        *buf;
	size_t       len, cap;
};

/* Begin with an answer of this Content-Type (NULL: it has none). */
void     usage_begin(struct meter *m, enum shape shape, const char *type);

/* The next LEN bytes of it. */
void     usage_add(struct meter *m, const char *buf, size_t len);

/* It is over, or broken off: what it used is in m->usage, and no memory is held. */
void     usage_end(struct meter *m);

/* All tokens of it. */
uint64_t usage_tokens(const struct usage *u);

/* What he who starts a sandbox wants to know of R, as a line of JSON. Errors stay in FP, for wx_flush to find. */
void describe(FILE *fp, const struct route *r);

#endif
