/* SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "route/route.h"

/* What libcurl does for us: requests to the APIs, many at once. */

/* What a request wants of who made it; WHO is his. */
struct upstream_calls {
	/* Up to CAP bytes of the request's body into BUF: how many, 0 at its end; UPSTREAM_WAIT, UPSTREAM_BREAK. */
	ssize_t (*read)(void *who, char *buf, size_t cap);
	/* A line of the answer's head, its line end and all; false breaks it off. */
	bool    (*line)(void *who, const char *line, size_t len);
	/* Bytes of its body, all of which were taken with 0; UPSTREAM_WAIT, UPSTREAM_BREAK. */
	ssize_t (*write)(void *who, const char *buf, size_t len);
	/* It is over: NULL, the answer was whole; else the word of why not. */
	void    (*done)(void *who, const char *word);
};

enum { UPSTREAM_WAIT = -1, UPSTREAM_BREAK = -2 };

struct transfer;

/* Set up, with the authorities in the file CACERT, or those that the environment or the system says. Dies. */
void             upstream_open(const char *cacert, const struct upstream_calls *calls);

/*
 * Begin METHOD on PATH (origin-form) of R's upstream, with a body of LENGTH bytes (FRAME_UNKNOWN, FRAME_NONE of frame.h). FIELDS are "Name:
 * value", each ended by a NUL, NFIELDS of them, and SECRET one more line, or NULL. Nothing of them is used after this. NULL: there
 * is no memory.
 */
struct transfer *upstream_begin(const struct route *r, const char *method, const char *path, int64_t length,
    const char *const *fields, size_t nfields, const char *secret, void *who);

/* Go on with what READ, or WRITE, has made wait. To be called from none of the calls. */
void             upstream_resume(struct transfer *t, bool up, bool down);

/* Break it off, if it is not over, and forget it. From none of the calls but done. */
void             upstream_end(struct transfer *t);

/* Wait MS milliseconds at the most for something to do, here or at one of the N descriptors, whose REVENTS are set; then do what is
 * to do here. */
void             upstream_poll(struct pollfd *fds, size_t n, int ms);

/* The file or folder of the authorities, for who is to let it be read; NULL: libcurl's own. */
const char      *upstream_authorities(void);

#endif
