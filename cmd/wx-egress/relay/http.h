/* SPDX-License-Identifier: MIT */
#ifndef HTTP_H
#define HTTP_H

#include "conn/conn.h"
#include "libcommon/http1body.h"

/* A request in plain HTTP, on its way, and its response: each has a connection to the server of its own. */
struct http {
	struct wx_http1      head;       /* of the request, then of the response */
	struct wx_http1_body request, response;
	char                 method[WX_HTTP1_METHOD + 1];
	char                 *path;      /* path and query */
	struct buf           to_server;
	struct buf           from_server;
	bool                 begun;      /* a head is being read */
	bool                 timed;      /* bytes of it have come: its time runs */
	bool                 old_client; /* HTTP/1.0 */
	bool                 close;      /* nothing follows on the client's connection */
	bool                 expects;    /* the client waits for 100 before it sends the body */
	bool                 chunk_up, chunk_down;
	bool                 upgrade;    /* the client asked for it */
	bool                 answered;   /* the response's head is on its way to the client */
	bool                 server_ended, server_deaf;
};

/* The head of the request as the server gets it, into TO_SERVER; its body's framing into REQUEST. False: no memory. */
bool head_to_server(struct conn *c);

/* That of the response, as the client gets it, into OUT. */
bool head_to_client(struct conn *c);

#endif
