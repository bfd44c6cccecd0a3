/* SPDX-License-Identifier: MIT */
#ifndef WX_HTTP1BODY_H
#define WX_HTTP1BODY_H

#include "libcommon/http1.h"

#define WX_HTTP1_CHUNK_HEAD 20 /* bytes that wx_http1_chunk_head writes at the most */

enum wx_http1_body_kind {
	WX_HTTP1_BODY_NONE,
	WX_HTTP1_BODY_LENGTH,
	WX_HTTP1_BODY_CHUNKED,
	WX_HTTP1_BODY_TO_END,  /* until the connection ends, which the caller sees */
	WX_HTTP1_BODY_TUNNEL,  /* no message follows any more: bytes, both ways */
};

/* Where in a body we are. */
struct wx_http1_body {
	enum wx_http1_body_kind kind;
	bool     done;   /* it is over: what follows is the next message's */
	uint64_t left;   /* bytes of it, or of the chunk, that are to come */
	unsigned digits; /* of the chunk's size */
	unsigned extra;  /* bytes of the chunk's extensions, or of the trailer */
	int      state;
};

/* The body after the head of a request. */
void wx_http1_body_of_request(struct wx_http1_body *b, const struct wx_http1 *h);

/*
 * The body after the head of a response to a request of this METHOD ("HEAD" and "CONNECT" make
 * a difference). After 1xx but 101 there is none, and another head follows.
 */
void wx_http1_body_of_response(struct wx_http1_body *b, const struct wx_http1 *h, const char *method);

/*
 * Take a step into the LEN bytes at IN, the next of the connection: how many of them were taken, or -1 if it is no body of
 * its kind. *DATA, *N are those of them that are content, all in a row, and may be none. To be called until it
 * takes nothing, or DONE: never is a byte taken that comes after the body. Chunk extensions and trailers are
 * checked and left out.
 */
ssize_t wx_http1_body_take(struct wx_http1_body *b, const char *in, size_t len, const char **data, size_t *n);

/* The line before a chunk of LEN > 0 bytes, into OUT; its length. After the chunk comes "\r\n", after
 * the last of them "0\r\n\r\n". */
size_t wx_http1_chunk_head(char out[static WX_HTTP1_CHUNK_HEAD], size_t len);

#endif
