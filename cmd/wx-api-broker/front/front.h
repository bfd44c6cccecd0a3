/* SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame/frame.h"
#include "libcommon/http1body.h"
#include "route/route.h"

#define CLIENT_OUT (FRAME_MAX + 64)

/* Where a connection is: before a request is here whole; while it is answered; in the last moments of it. */
enum phase { CLIENT_HEAD, CLIENT_EXCHANGE, CLIENT_LINGER };

struct client {
	int                  fd;       /* -1: there is none */
	int                  pair;     /* to the back; -1: none, so far */
	enum phase           phase;
	size_t               route;
	int64_t              since;    /* of the head's first byte (0: none is here), then of the request's head */
	int64_t              moved;    /* when something was last read or written */

	struct wx_http1      head;
	struct wx_http1_body body;     /* of the request */
	size_t               used, have; /* in IN: up to where it is read, and where it ends */
	const char          *piece;    /* of the body, not sent yet */
	size_t               npiece;
	bool                 ended;    /* the body's end is sent */
	bool                 gone;     /* the client sends no more */

	bool                 refused;  /* the answer is our own */
	bool                 answered; /* the answer has begun */
	bool                 chunked;
	bool                 whole;    /* all of it is in OUT, or sent */
	bool                 close;    /* the connection ends with it */
	int64_t              left;     /* bytes that are to come of an answer of known length, else -1 */
	size_t               out_at, out_end; /* in OUT: what is to be written */

	/* For the log. */
	char                 method[WX_HTTP1_METHOD + 1], path[RULE_PATH];
	int                  status;
	const char          *word;     /* why it was refused, or NULL */
	uint64_t             up, down;
	int64_t              first;    /* when the answer began */
	int64_t              generation;
	struct meter         meter;

	char                 in[WX_HTTP1_HEAD];
	char                 out[CLIENT_OUT];
};

/* What serves all clients. */
struct service {
	const struct route *routes;
	size_t              nroutes;
	const char         *word;     /* the guest's, or NULL */
	int                 control;  /* to the back */
	bool                quiet;    /* the log has refusals only */
	uint64_t            tokens[ROUTES_MAX];
};

/* A new connection FD, which is not to be waited on, to a route. */
void  client_open(struct client *c, int fd, size_t route);

/* Go on as far as can be without waiting; it may be closed after that. */
void  client_move(struct service *s, struct client *c);

/* The times at NOW: it may be closed after that, too. */
void  client_tick(struct service *s, struct client *c, int64_t now);

/* What to wait for at its two descriptors. */
short client_events(const struct client *c);
short client_pair_events(const struct client *c);

/* Is it one that nobody would miss: kept alive, without a byte of a request? */
bool  client_is_idle(const struct client *c);

void  client_close(struct service *s, struct client *c);

/* An answer of ours to one that there is no room for. FD is closed. */
void  client_reject(const struct service *s, int fd, size_t route);

#define LISTENERS_MAX 16

/* A socket that takes connections for a route. */
struct listener {
	int    fd;
	size_t route;
};

/*
 * One at "ADDRESS:PORT", where the address is numeric and, without FAR, of this machine's loopback; at the path of a unix socket, which only
 * this user can reach; or the one that FD (a number) is already. Descriptors are close-on-exec and not to be waited on. Dies.
 */
int listen_at(const char *where, bool far);
int listen_path(const char *path);
int listen_given(const char *fd);

/*
 * Serve the clients of the listeners until the back at the other end of s->control is gone. In a process of its own, in which no
 * secret ever was; from its first byte of a client's on it can open no file and make no socket. A byte goes to the back when it is so far.
 */
_Noreturn void front_serve(struct service *s, const struct listener *listeners, size_t n);

#endif
