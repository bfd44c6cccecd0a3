/* SPDX-License-Identifier: MIT */
#ifndef WX_HTTP1BODY_H
#define WX_HTTP1BODY_H

#include "libcommon/http1.h"

#define WX_HTTP1_CHUNK_HEAD 20 /* bytes that wx_http1_chunk_head writes at the most */

enum wx_http1_body_kind {
	WX_HTTP1_BODY_NONE,
	WX_HTTP1_BODY_LENGTH,
	WX_HTTP1_BODY_CHUNKED,
	WX_HTTP1_BODY_TO_END,  /* until the connection ends */
	WX_HTTP1_BODY_TUNNEL,  /* opaque bytes both ways; no further message */
};

/* The state of reading one body. */
struct wx_http1_body {
	enum wx_http1_body_kind kind;
	bool     done;   /* complete; further bytes belong to the next message */
	uint64_t left;   /* bytes to come of the body, or of the chunk */
	unsigned digits; /* digits of the chunk size so far */
	unsigned extra;  /* bytes of chunk extensions, or of the trailer, so far */
	int      state;
};

/* Prepare *B for the body of the request *H. */
void wx_http1_body_of_request(struct wx_http1_body *b, const struct wx_http1 *h);

/*
 * Prepare *B for the body of the response *H to a request with METHOD; "HEAD" and "CONNECT" matter. A 1xx response
 * other than 101 has no body, and another head follows.
 */
void wx_http1_body_of_response(struct wx_http1_body *b, const struct wx_http1 *h, const char *method);

/*
 * Consume some of the LEN bytes at IN, the next of the connection. Returns how many were consumed, or -1 if the body is
 * malformed. *DATA and *N are set to the content among them, one contiguous range, which may be empty. Call it until it
 * returns 0 or B->done is set; it never consumes a byte after the body. Chunk extensions and trailer fields are
 * checked and dropped.
 */
ssize_t wx_http1_body_take(struct wx_http1_body *b, const char *in, size_t len, const char **data, size_t *n);

/* Store the line that precedes a chunk of LEN > 0 bytes in OUT, and return its length. The caller appends "\r\n" to
 * each chunk and "0\r\n\r\n" after the last. */
size_t wx_http1_chunk_head(char out[static WX_HTTP1_CHUNK_HEAD], size_t len);

#endif
