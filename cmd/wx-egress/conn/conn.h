/* SPDX-License-Identifier: MIT */
#ifndef CONN_H
#define CONN_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "link/link.h"
#include "policy/policy.h"
#include "wire/wire.h"

#define CONNS      256
#define DIALS      64    /* under way at once */
#define HEAD_MS    10000 /* for what a client has to say first */
#define DIAL_MS    60000
#define FINISH_MS  2000  /* for a last word to arrive */
#define BUFFER     32768
#define REFUSALS   20    /* that wrapix.internal shows */

enum way { WAY_PROXY, WAY_DNS_UDP, WAY_DNS_TCP, WAY_ANY, WAY_TO };

/* A socket that clients reach. */
struct gate {
	int      fd;
	enum way way;
	uint16_t port;    /* WAY_ANY: the port that is meant; 0: that of the socket */
	uint8_t  forward; /* WAY_TO: the number of the forward */
};

struct buf {
	unsigned char *p;
	size_t         off, len, cap; /* LEN bytes from OFF */
};

/* One direction of a connection. */
struct flow {
	int      pipe[2]; /* -1: none; only as long as bytes are in it */
	size_t   held;
	bool     ended;   /* nothing more comes */
	bool     shut;    /* and who gets it knows */
	uint64_t n;       /* bytes that were taken in */
};

enum state {
	STATE_FREE,
	STATE_FIRST,    /* of a proxy: which protocol is it? */
	STATE_GREETING, /* SOCKS5 */
	STATE_REQUEST,
	STATE_HEAD,     /* HTTP */
	STATE_HELLO,    /* TLS, before anything is connected */
	STATE_DIAL,
	STATE_ASK,      /* somebody is asked whether it is to be allowed */
	STATE_TUNNEL,
	STATE_HTTP,     /* a request and its response */
	STATE_DNS,
	STATE_FINISH    /* the last words, then the end */
};

/* In which protocol a refusal is said. */
enum tongue { TONGUE_NONE, TONGUE_TLS, TONGUE_SSH, TONGUE_HTTP, TONGUE_SOCKS };

/* What the client's first bytes in a tunnel have to be. */
enum check { CHECK_NONE, CHECK_TLS, CHECK_SSH, CHECK_SNIFF };

struct http;

struct conn {
	enum state  state;
	enum tongue tongue;
	enum check  check;
	enum via    via;
	int         client, server;  /* descriptors, -1: none */
	bool        named;           /* HOST and PORT are those of the connection: an HTTP request cannot choose */
	uint16_t    port;
	uint8_t     forward;
	char        host[WX_HOSTNAME_MAX + 2];
	bool        synthetic;       /* ADDR is the client's word for HOST, and in use */
	unsigned char addr[4];
	struct buf  in;              /* of the client, not passed on yet */
	struct buf  out;             /* of ours, for the client */
	struct flow up, down;
	uint32_t    id;              /* of the request to the dialers */
	int         channel;         /* where it was sent; -1: not yet */
	bool        asked;           /* of this request somebody has been asked */
	bool        dialed;          /* a connection was allowed: its end is told */
	uint32_t    entry;
	uint64_t    limit;           /* of the entry: bytes that all its connections may have sent */
	int64_t     deadline;        /* ms; 0: none */
	int64_t     since;
	struct http *http;
	struct pollfd *client_poll, *server_poll; /* of this turn, or NULL */
};

/* What all connections share. */
struct front {
	const struct gate *gates;
	size_t             ngates;
	int                orders;
	int                channel, old;   /* to the dialers: now; and those before, until they have answered; -1: none */
	bool               asks_full;
	bool               stopping, ready;
	bool               ech_deny;
	unsigned           ask;            /* seconds that a question waits; 0: none is asked */
	unsigned           most;           /* connections at once */
	unsigned           n, dials;
	uint32_t           next_id;
	int64_t            now;            /* ms, of this turn */
	struct synth      *synth;
	char              *words, *json;   /* for wrapix.internal */
	uint64_t           sent[8192];     /* by connections that ended, by the entry's id */
	struct conn        conns[CONNS];
};

extern struct front front;

/* conn.c */
void conn_refuse(struct conn *c, enum reason r);    /* say so in the client's protocol; the dialers have logged it */
void conn_refuse_log(struct conn *c, enum reason r, const char *seen); /* the same, of a reason that is the front's own */
void conn_end(struct conn *c);                      /* close and forget */
void conn_reset(struct conn *c);                    /* the same, so that the client knows it was no end */
void conn_left(struct conn *c);                     /* the server's connection ends; the client's stays */
void conn_finish(struct conn *c);                   /* send what is in OUT, then end */
void conn_finish_step(struct conn *c);               /* STATE_FINISH */
void conn_set(struct conn *c, enum state s, int64_t ms);

/* Read of the client into IN, as much as fits. Bytes, 0: nothing now, -1: it has ended, or failed. */
ssize_t conn_read(struct conn *c);
bool    buf_put(struct buf *b, const void *p, size_t len); /* false: more than BUFFER bytes */
void    buf_skip(struct buf *b, size_t n);
void    buf_free(struct buf *b);

/* Send of B to FD what it takes. False: FD is broken. */
bool    buf_send(struct buf *b, int fd);

/* first.c: what the client says before anything is connected. */
void first_step(struct conn *c);
void first_begin(struct conn *c, const struct gate *g);

/* dialing.c */
void dialing_ask(struct conn *c, const char *method, const char *path);
void dialing_flush(void);
void dialing_answer(int *channel);
void dialing_lost(uint32_t id);
void dialing_reply(uint32_t id, bool yes);
void dialing_switch(int channel);

/* tunnel.c */
void     tunnel_begin(struct conn *c, enum check check);
void     tunnel_step(struct conn *c);
short    tunnel_wants(const struct conn *c, bool client);
void     tunnel_free(struct conn *c);
bool     tunnel_stopped(struct conn *c);            /* all that may go to the entry has: it is refused */

/* refuse.c */
void refuse_say(struct conn *c, enum reason r);
void refuse_http(struct conn *c, int code, const char *why);
void refuse_note(const struct conn *c, enum reason r);
void refuse_list(char *to, size_t cap, bool json);

/* http.c */
void  http_head_step(struct conn *c);               /* STATE_HEAD: of a request */
void  http_next(struct conn *c, int64_t ms);        /* the same, of the next one, whose head has begun to come within MS */
void  http_begin(struct conn *c);                   /* connected: STATE_HTTP */
void  http_step(struct conn *c);
short http_wants(const struct conn *c, bool client);
void  http_free(struct conn *c);

/* dnsio.c */
void dnsio_datagrams(int fd);
void dnsio_step(struct conn *c);

/* inside.c: http://wrapix.internal/ */
void inside_answer(struct conn *c, const char *method, const char *path);

#endif
