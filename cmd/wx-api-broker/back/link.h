/* SPDX-License-Identifier: MIT */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "frame/frame.h"
#include "route/route.h"
#include "secret.h"
#include "upstream.h"

/*
 * One connection of the front's, and the request on it:
 *
 *   IDLE -> WAIT -> RUN -> FINISH -> IDLE
 *     |  (no secret) |  (the answer is whole, and not yet all sent)
 *     `--> REST <----'  refused, or answered before its body was here: the front will close it
 */
enum link_state { LINK_IDLE, LINK_WAIT, LINK_RUN, LINK_FINISH, LINK_REST };

struct link {
	int                 fd;          /* -1: there is none */
	enum link_state     state;
	const struct route *route;
	const char         *method, *path;
	const char         *fields[128]; /* in the frame */
	size_t              nfields;
	int64_t             length;
	bool                open;        /* no secret is added */
	int64_t             deadline;    /* of WAIT; of a 401 that is held; 0: none */
	struct transfer    *transfer;

	struct secret      *secret;
	struct value       *value;       /* that it was sent with, or NULL */
	unsigned            generation;
	size_t              match;       /* bytes of it that the answer's last bytes are, which are held back */

	bool                up_waits, up_end;
	uint64_t            up;          /* bytes of the request's body */
	size_t              up_at, up_len;

	bool                down_waits, down_chunked, answered, held_over;
	int                 code;
	int64_t             down_length;
	const char         *why;         /* the word of why it was broken off by us */
	char                reason[64];

	struct frame        asked;       /* the request's head */
	struct frame        head;        /* fields of the answer's */
	char                buf[FRAME_MAX]; /* of the request's body */
};

/* What may be used of each route, and has been. */
struct used {
	uint64_t requests, bytes;
	bool     closed;
};

void link_setup(const struct route *routes, size_t nroutes);

/* The calls for upstream_open. */
extern const struct upstream_calls link_calls;

/* There is something to read at L->fd, or room to write. */
void link_input(struct link *l);
void link_output(struct link *l);

/* Its time is over; or another secret has come. */
void link_timeout(struct link *l);
void link_secret(struct link *l, const struct secret *s);

/* Whether to wait for input (POLLIN) or room (POLLOUT). */
short link_events(const struct link *l);

/* End it, and what is under way. */
void link_close(struct link *l);

#endif
