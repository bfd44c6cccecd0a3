/* SPDX-License-Identifier: MIT */
#ifndef WX_HTTP1_H
#define WX_HTTP1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A parser of HTTP/1.1 heads (RFC 9112) for an intermediary, whose two peers may parse differently: an ambiguous
 * head is refused. Nothing is allocated or copied. Parsing is incremental, line by line, so a head
 * that arrives in single bytes costs no more.
 *
 * libcommon/http1body.h has the framing of bodies.
 */

#define WX_HTTP1_HEAD   32768 /* bytes of a head, the empty line included */
#define WX_HTTP1_TARGET 8192
#define WX_HTTP1_METHOD 16
#define WX_HTTP1_FIELDS 100

/* A range of the buffer that holds the head. */
struct wx_http1_span {
	uint16_t at, len;
};

struct wx_http1_field {
	struct wx_http1_span name, value; /* the value without surrounding white space */
};

enum wx_http1_form {
	WX_HTTP1_ORIGIN,    /* "/path?query" */
	WX_HTTP1_ABSOLUTE,  /* "http://host:port/path?query" */
	WX_HTTP1_AUTHORITY, /* "host:port", of CONNECT alone */
};

/* How the head frames the body. */
enum wx_http1_framing { WX_HTTP1_NONE, WX_HTTP1_LENGTH, WX_HTTP1_CHUNKED };

struct wx_http1 {
	const char           *buf;     /* of the last call; the spans refer to it */
	bool                  response;
	int                   minor;   /* minor version: 0 or 1 */

	struct wx_http1_span  method;  /* of a request */
	enum wx_http1_form    form;
	struct wx_http1_span  authority; /* of the target; empty in origin-form */
	struct wx_http1_span  target;  /* path and query; empty for CONNECT and for "http://host" */
	struct wx_http1_span  host;    /* the Host field; empty if absent (HTTP/1.0) */

	int                   code;    /* of a response: 100 to 599 */
	struct wx_http1_span  reason;

	size_t                nfields;
	struct wx_http1_field fields[WX_HTTP1_FIELDS];
	enum wx_http1_framing framing; /* by the fields alone; see http1body.h */
	uint64_t              length;  /* of WX_HTTP1_LENGTH */
	bool                  close;   /* the connection ends with this message */

	int                   status;  /* if refused: the status to answer with (400, 414, 431, 505) */
	const char           *why;     /* if refused: the reason; holds nothing of the message */

	size_t                line, scanned; /* start of the incomplete line; end of what is scanned */
	bool                  started;       /* the first line is parsed */
	size_t                connection;    /* total length of all Connection fields */
};

/* Prepare *H for a request, or a RESPONSE. */
void wx_http1_begin(struct wx_http1 *h, bool response);

/*
 * Parse the head at BUF, of which LEN bytes have arrived. Call it again with the same bytes and more; they
 * may have moved. Returns the length of the complete head, its empty line included; 0 if more is
 * needed; -1 as soon as it must be refused, with STATUS and WHY set. Bytes after the head are not looked at.
 */
ssize_t wx_http1_head(struct wx_http1 *h, const char *buf, size_t len);

/* Return whether the span S equals TEXT. */
bool wx_http1_is(const struct wx_http1 *h, struct wx_http1_span s, const char *text);

/* The same, ignoring case. */
bool wx_http1_names(const struct wx_http1 *h, struct wx_http1_span s, const char *text);

/* Return the first field NAME, or NULL. */
const struct wx_http1_field *wx_http1_find(const struct wx_http1 *h, const char *name);

/* Return whether a field NAME, a comma-separated list, has the member WORD, ignoring case. */
bool wx_http1_lists(const struct wx_http1 *h, const char *name, const char *word);

/*
 * Return whether field I is hop-by-hop: by its name, or because a Connection field lists it. Content-Length and
 * Host, which a forwarder writes anew, are not.
 */
bool wx_http1_hop(const struct wx_http1 *h, size_t i);

/*
 * Parse the authority "host", "host:port", "1.2.3.4:port" or "[v6]:port" of LEN bytes. Returns the length of the
 * host, brackets included, or 0 if it is malformed. Sets *PORT to 1..65535, or 0 if there is none. The host is
 * checked for allowed characters only.
 */
size_t wx_http1_authority(const char *s, size_t len, unsigned *port);

/*
 * Return whether all servers resolve the path of the origin-form target S, of LEN bytes, alike. They do not
 * if it has "//", a segment "." or ".." (also before ';'), '\\', an escape of one of these, of '/', '%' or a control
 * character, or a malformed escape ("%zz"). A '#' anywhere in the target is refused too: a target has no fragment
 * (RFC 9112, section 3.2), and client libraries cut it off.
 */
bool wx_http1_path_plain(const char *s, size_t len);

#endif
