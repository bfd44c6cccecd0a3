/* SPDX-License-Identifier: MIT */
#ifndef WX_HTTP1_H
#define WX_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The head of an HTTP/1.1 message (RFC 9112), for who stands between two that may read it
 * differently: what can be read in two ways is refused. Nothing is allocated or copied. It is
 * read line by line as it comes, so a head that comes in bytes is not read again for each.
 *
 * The body's framing is libcommon/http1body.h.
 */

#define WX_HTTP1_HEAD   32768 /* bytes of a head, the empty line included */
#define WX_HTTP1_TARGET 8192
#define WX_HTTP1_METHOD 16
#define WX_HTTP1_FIELDS 100

/* Bytes of the buffer that the head was read from. */
struct wx_http1_span {
	uint16_t at, len;
};

struct wx_http1_field {
	struct wx_http1_span name, value; /* the value without the space around it */
};

enum wx_http1_form {
	WX_HTTP1_ORIGIN,    /* "/path?query" */
	WX_HTTP1_ABSOLUTE,  /* "http://host:port/path?query" */
	WX_HTTP1_AUTHORITY, /* "host:port", of CONNECT alone */
};

/* What a head says of the body that follows. */
enum wx_http1_framing { WX_HTTP1_NONE, WX_HTTP1_LENGTH, WX_HTTP1_CHUNKED };

struct wx_http1 {
	const char           *buf;     /* as given to the last call; what the spans are of */
	bool                  response;
	int                   minor;   /* of the version: 0 or 1 */

	struct wx_http1_span  method;  /* of a request */
	enum wx_http1_form    form;
	struct wx_http1_span  authority; /* of the target; none in origin-form */
	struct wx_http1_span  target;  /* in origin-form: path and query; none of CONNECT, or of "http://host" */
	struct wx_http1_span  host;    /* the field Host; none where there is none, which 1.0 may have */

	int                   code;    /* of a response: 100 to 599 */
	struct wx_http1_span  reason;

	size_t                nfields;
	struct wx_http1_field fields[WX_HTTP1_FIELDS];
	enum wx_http1_framing framing; /* as the fields say; see http1body.h for the rest */
	uint64_t              length;  /* of WX_HTTP1_LENGTH */
	bool                  close;   /* nothing comes after this message on the connection */

	int                   status;  /* after -1: what to answer to a request (400, 414, 431, 505) */
	const char           *why;     /* and why, in words without anything of the message's */

	size_t                line, scanned; /* where the line begins that is not here whole; how far it is read */
	bool                  started;       /* the first line is read */
	size_t                connection;    /* bytes of all Connection fields */
};

/* Begin to read a request, or a RESPONSE. */
void wx_http1_begin(struct wx_http1 *h, bool response);

/*
 * The head in BUF, of which LEN bytes have come so far; the first byte is the message's first. To be
 * called again with more of the same bytes, which may have moved. The length of the head, its
 * empty line included, when that is whole; 0: more is wanted; -1: refused, see STATUS and WHY. It
 * is refused as soon as that is certain. What comes after the head is not looked at.
 */
ssize_t wx_http1_head(struct wx_http1 *h, const char *buf, size_t len);

/* Is it TEXT, letter by letter? */
bool wx_http1_is(const struct wx_http1 *h, struct wx_http1_span s, const char *text);

/* Is it TEXT, where capitals do not count? */
bool wx_http1_names(const struct wx_http1 *h, struct wx_http1_span s, const char *text);

/* The first field NAME, or NULL. */
const struct wx_http1_field *wx_http1_find(const struct wx_http1 *h, const char *name);

/* Has a field NAME, a list with commas, the member WORD? */
bool wx_http1_lists(const struct wx_http1 *h, const char *name, const char *word);

/*
 * Is the field I one of this connection only, by its name or because Connection names it? Content-Length
 * and Host, which who sends the message on makes anew, are not.
 */
bool wx_http1_hop(const struct wx_http1 *h, size_t i);

/*
 * The authority "host", "host:port", "1.2.3.4:port" or "[v6]:port" of LEN bytes: how many of them are
 * the host (brackets included), 0 if it is not well formed. *PORT is 1 to 65535, or 0 where there is none. Of a
 * host it is only said that its bytes are of names and addresses.
 */
size_t wx_http1_authority(const char *s, size_t len, unsigned *port);

/*
 * Is the path of the LEN bytes of origin-form at S (up to a '?') one that all servers take to be the same?
 * That is not so with "//", with "." or ".." for a step, with '\', with ';' behind such a step, and with an escape
 * of one of these, of '/', '%', a control byte, or of nothing ("%zz"). Nor with a '#', behind the '?' too: a target
 * has no fragment (RFC 9112, section 3.2), and a client library cuts it off.
 */
bool wx_http1_path_plain(const char *s, size_t len);

#endif
