/* SPDX-License-Identifier: MIT */
#ifndef LINK_H
#define LINK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/hostname.h"

/*
 * What the processes tell one another: whole messages of SOCK_SEQPACKET, fixed structs of this
 * one program. Whoever reads one from the front takes its contents for what an attacker may have
 * written: lengths are checked, strings ended, numbers compared with what there is.
 */

#define LINK_PATH   8192
#define LINK_METHOD 20
#define LINK_RULE   128
#define LINK_TEXT   16384 /* bytes of a text in one message */

enum via { VIA_DIRECT, VIA_CONNECT, VIA_HTTP, VIA_SOCKS, VIA_FORWARD, VIAS };

const char *via_name(enum via v);

/* Front to dialers: connect to this. Of the end of it as much is sent as TEXT has. */
struct link_ask {
	uint32_t id;
	uint16_t port;
	uint8_t  via;
	uint8_t  forward;     /* VIA_FORWARD: the number of the forward; then no host is told */
	uint16_t host_len, method_len, path_len;
	char     text[WX_HOSTNAME_MAX + LINK_METHOD + LINK_PATH]; /* host, method, path */
};

/* Dialer to front; with a descriptor if REASON is REASON_ALLOWED. */
struct link_answer {
	uint32_t id;
	uint32_t entry;   /* the entry's id, or UINT32_MAX */
	uint64_t up;      /* bytes that all connections of the run may send to it; UINT64_MAX: any number */
	uint8_t  reason, class, askable;
};

/* To the supervisor, for the log: a decision of a dialer's, or a word of the front's. */
enum event_kind { EVENT_DECISION, EVENT_END, EVENT_READY, EVENT_ASK };

struct link_event {
	uint8_t  kind, reason, class, via, via_parent;
	uint16_t port;
	uint32_t id, entry;
	uint32_t ms;
	uint64_t up, down;    /* EVENT_END */
	char     host[WX_HOSTNAME_MAX];
	char     rule[LINK_RULE];
	char     address[48];
	char     method[LINK_METHOD];
	char     path[257];
	char     seen[WX_HOSTNAME_MAX]; /* REASON_SNI: the name that TLS was for */
};

/* Supervisor to front. */
enum order_kind {
	ORDER_CONFIG,  /* first of all */
	ORDER_NAME,    /* TEXT is a name that gets the next address */
	ORDER_WORDS,   /* TEXT is more of the policy in words; LAST ends it */
	ORDER_JSON,    /* TEXT is more of /policy.json */
	ORDER_DIALERS, /* with a descriptor: ask here from now on */
	ORDER_STOP,    /* no new connections */
	ORDER_LOST,    /* the dialer that worked on the request NUMBER has died */
	ORDER_REVOKE,  /* end the connections of the entry NUMBER, or, with TEXT, those to the hosts that it covers */
	ORDER_REPLY    /* to the question about the connection NUMBER; YES: ask the dialers again */
};

struct link_order {
	uint8_t  kind, last, yes, ech_deny, range_bits;
	uint8_t  range[4];
	uint32_t number;  /* ORDER_CONFIG: connections at once */
	uint32_t ask;     /* ORDER_CONFIG: seconds that a question waits; 0: none is asked */
	uint32_t len;
	char     text[LINK_TEXT];
};

/* A pair of sockets, close-on-exec. 0, or -1 with errno. */
int     link_pair(int fds[2]);

/* Send LEN bytes, with the descriptor PASS unless that is -1. 0, or -1 with errno (EAGAIN: full, where
 * WAIT is false). SIGPIPE is never raised. */
int     link_send(int fd, const void *msg, size_t len, int pass, bool wait);

/* Take a message of CAP bytes at the most; *PASS, where PASS is not NULL, is a descriptor that came with it, or -1. Its
 * length; 0 at the end; -1 with errno, EMSGSIZE if it was longer. */
ssize_t link_recv(int fd, void *msg, size_t cap, int *pass, bool wait);

#endif
