/* SPDX-License-Identifier: MIT */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route.h"

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

#endif
