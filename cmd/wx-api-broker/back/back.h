/* SPDX-License-Identifier: MIT */
#ifndef BACK_H
#define BACK_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame/frame.h"
#include "route/route.h"

#define SECRET_MAX 8192
#define SECRET_MIN 8  /* a shorter one would be found everywhere */

/* One that was read. Only the back has it; it is locked in memory, and wiped when it is replaced and nobody uses it. */
struct value {
	unsigned generation;
	size_t   users;         /* requests that were sent with it and are not over */
	size_t   len;           /* 0: there is none */
	char     text[SECRET_MAX + 1];
	uint16_t border[SECRET_MAX + 1]; /* of the search below */
};

struct secret {
	bool          refused;    /* something for it came that cannot be sent */
	const char   *name;
	unsigned      generation; /* counts its values from 1; a withdrawn one counts, too */
	struct value  values[2];
	struct value *now;
};

/* Have one for each name of the routes' secrets. */
void           secret_setup(const struct route *routes, size_t n);

/* That of the name. */
struct secret *secret_of(const char *name);

/* Use the value that it has now, which is not empty, until it is left. One that is used may be replaced twice: its generation is
 * another then, and it is no longer what it was. */
struct value  *secret_use(struct secret *s);
void           secret_leave(struct secret *s, struct value *v, unsigned generation);

/*
 * Read what descriptor 0 has, without waiting if poll(2) said that there is something. CHANGED is called for each that has another value
 * now. False: there will be no more. What is no line "NAME=value" of a name that is asked for is said on standard
 * error, without its value.
 */
bool           secret_read(void (*changed)(struct secret *s));

/* Is there a secret of which only what cannot be sent has come? */
bool           secret_refused(void);

/*
 * The search for it in a stream: the LEN bytes at BUF follow after a place where the first *STATE bytes of
 * the secret stood. Sets *STATE for what follows; true: it stands there whole.
 */
bool           secret_seen(const struct value *v, size_t *state, const char *buf, size_t len);

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

#define LINKS_MAX 96 /* connections of clients at once: more than the front has, for one may have ended there and not yet here */

/* Get ready to serve these routes, with the secrets that standard input has already. False: one of these cannot be
 * sent, which was said. */
bool back_begin(const struct route *routes, size_t nroutes);

/*
 * Serve the front at the other end of CONTROL, until it is gone or a byte comes from the pipe STOP: read secrets from standard
 * input, add them to requests that the routes allow, and send these on. What the front says is looked at as if somebody else
 * had taken its place. False: the front is gone, which nobody asked for.
 */
bool back_serve(int control, int stop);

#endif
