/* SPDX-License-Identifier: MIT */
/* Heads and bodies of HTTP/1.1: what is read, what is refused and with which status, at once and byte by byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/http1body.h"

#define GET "GET / HTTP/1.1\r\nHost: a.example\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a.example\r\n"
#define OK "HTTP/1.1 200 OK\r\n"

static int n, bad;

static void
ok(int cond, const char *what)
{
	int i;

	printf("%sok %d - ", cond ? "" : "not ", ++n);
	for (i = 0; i < 100 && *what != '\0'; i++, what++)
		printf(*what >= 0x20 && *what < 0x7f && *what != '#' ? "%c" : "\\x%02x", (unsigned char)*what);
	printf("\n");
	bad |= !cond;
}

/* The head in TEXT: its length, or minus the status with which it is refused; 0: it does not end. */
static long
head_of(struct wx_http1 *h, const char *text, size_t len, bool response)
{
	ssize_t rc;

	wx_http1_begin(h, response);
	rc = wx_http1_head(h, text, len);
	return rc == -1 ? -h->status : rc;
}

/* The same, byte by byte, and each time from another place. */
static long
slowly(const char *text, size_t len, bool response)
{
	struct wx_http1 h;
	ssize_t rc = 0;
	size_t i;
	char *copy;

	wx_http1_begin(&h, response);
	for (i = 1; i <= len && rc == 0; i++) {
		copy = malloc(i);
		memcpy(copy, text, i);
		rc = wx_http1_head(&h, copy, i);
		free(copy);
	}
	return rc == -1 ? -h.status : rc;
}

static void
is(const char *text, size_t len, bool response, long want)
{
	struct wx_http1 h;
	long whole = head_of(&h, text, len, response), bytes = slowly(text, len, response);

	if (whole != want || bytes != want)
		printf("# got %ld, byte by byte %ld, want %ld: %s\n", whole, bytes, want, h.why != NULL ? h.why : "");
	ok(whole == want && bytes == want, text);
}

static void
request_is(const char *text, long want)
{
	is(text, strlen(text), false, want == 1 ? (long)strlen(text) : want);
}

static void
response_is(const char *text, long want)
{
	is(text, strlen(text), true, want == 1 ? (long)strlen(text) : want);
}

static void
first_lines(void)
{
	static const char *const good[] = {
		GET "\r\n", "GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
		"GET HTTP://a.example:80/x?y=//../ HTTP/1.1\r\nHost: b.example\r\n\r\n",
		"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
		"CONNECT [2001:db8::1]:443 HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
		"M-SEARCH!#$%&'*+ /~%7e HTTP/1.1\r\nhost:a.example:1\r\n\r\n",
		"CONNECT a.example:65535 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n", NULL,
	};
	static const char *const none[] = {
		"\r\n" GET "\r\n", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", "GET / a HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n",
		"GET / http/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1\r\nHost: a\r\n\r\n", "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
		"GET / HTTP/11\r\nHost: a\r\n\r\n", "GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1,1\r\nHost: a\r\n\r\n",
		"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a\\b/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a:0/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET http://a:/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a%2eb/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT a.example HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:65536 HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT a:4430000 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:0443 HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT http://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT a:443/ HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT [::1%25lo]:443 HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT [::1:443 HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT []:443 HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT a b:443 HTTP/1.1\r\nHost: a\r\n\r\n", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n",
		"ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\x02", "GET /\x01", "GET / HTTP/1.1\nHost: a\n\n",
		"GET / HTTP/1.1\rHost: a\r\n\r\n", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", NULL,
	};
	size_t i;

	for (i = 0; good[i] != NULL; i++)
		request_is(good[i], 1);
	for (i = 0; none[i] != NULL; i++)
		request_is(none[i], -400);
	request_is("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", -505);
	request_is("GET / HTTP/1.2\r\nHost: a\r\n\r\n", -505);
	request_is("GET / HTTP/0.9\r\nHost: a\r\n\r\n", -505);
	request_is("GET / HTTP/3.0\r\nHost: a\r\n\r\n", -505);
	request_is("GET / HTTP/1.1\r\nHost: a\r\n", 0);
	request_is("GET / HTTP/1.1\r\nHost: a\r\n\r", 0);
	request_is("", 0);
	is("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29, false, -400);
	is("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET", 30, false, 27);
}

static void
fields(void)
{
	static const char *const good[] = {
		GET "X:\r\n\r\n", GET "X: \t \r\n\r\n", GET "X: a\tb  c \r\n\r\n", GET "X: \x80\xff\r\n\r\n", GET "!#$%&'*+-.^_`|~: 1\r\n\r\n",
		GET "Connection: close, X-a\r\n\r\n", GET "Content-Length: 0\r\n\r\n", GET "Content-Length:\t12 \r\n\r\n",
		POST "Content-Length: 9007199254740992\r\n\r\n", POST "transfer-encoding: CHUNKED\r\n\r\n", NULL,
	};
	static const char *const none[] = {
		"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n", GET "Host: a.example\r\n\r\n", GET "host: b.example\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: http://a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
		"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", GET "\tX: a\r\n\r\n", GET "X : a\r\n\r\n",
		GET "X\t: a\r\n\r\n", GET ": a\r\n\r\n", GET "X\r\n\r\n", GET "X Y: a\r\n\r\n", GET "X(: a\r\n\r\n", GET "X\x80: a\r\n\r\n",
		GET "X: a\x01\r\n\r\n", GET "X: a\x7f\r\n\r\n", GET "X: a\rb\r\n\r\n", GET "X: a\nb: c\r\n\r\n", GET "X: a\r\r\n\r\n",
		GET "X: a\n\r\n", GET "\n", GET "X: a\r\n\n", GET "X: a\r\n\r\r\n",
		POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
		POST "Content-Length: 1, 1\r\n\r\n", POST "Content-Length: 1,\r\n\r\n", POST "Content-Length: +1\r\n\r\n",
		POST "Content-Length: -1\r\n\r\n", POST "Content-Length: 0x1\r\n\r\n", POST "Content-Length: 1 1\r\n\r\n",
		POST "Content-Length: 1.0\r\n\r\n", POST "Content-Length: 1e1\r\n\r\n", POST "Content-Length: 01\r\n\r\n",
		POST "Content-Length: 00\r\n\r\n", POST "Content-Length:\r\n\r\n", POST "Content-Length: a\r\n\r\n",
		POST "Content-Length: '1'\r\n\r\n", POST "Content-Length: \x0b" "1\r\n\r\n", POST "Content-Length: 9007199254740993\r\n\r\n",
		POST "Content-Length: 18446744073709551617\r\n\r\n", POST "Content-Length: 1_0\r\n\r\n", POST "Content_Length: 1\r\n\r\n",
		POST "Transfer_Encoding: chunked\r\n\r\n", POST "Content-Length : 1\r\n\r\n", POST "Transfer-Encoding : chunked\r\n\r\n",
		POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
		POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", POST "Transfer-Encoding: chunked, chunked\r\n\r\n",
		POST "Transfer-Encoding: gzip, chunked\r\n\r\n", POST "Transfer-Encoding: chunked, x\r\n\r\n",
		POST "Transfer-Encoding: identity\r\n\r\n", POST "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\n",
		POST "Transfer-Encoding:\r\n\r\n", POST "Transfer-Encoding: chunked;q=1\r\n\r\n", POST "Transfer-Encoding: \"chunked\"\r\n\r\n",
		POST "Transfer-Encoding: xchunked\r\n\r\n", POST "Transfer-Encoding: chunked\x0b\r\n\r\n", POST "Transfer-Encoding: ,chunked\r\n\r\n",
		POST "Transfer-Encoding:\r\n chunked\r\n\r\n", POST "Transfer-Encoding: chunk\r\n\r\n",
		"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
		"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", NULL,
	};
	size_t i;

	for (i = 0; good[i] != NULL; i++)
		request_is(good[i], 1);
	for (i = 0; none[i] != NULL; i++)
		request_is(none[i], -400);
	is(GET "X: a\0b\r\n\r\n", sizeof(GET) - 1 + 11, false, -400);
}

/* On both sides of each limit. */
static void
limits(void)
{
	static char big[2 * WX_HTTP1_HEAD];
	size_t len = 0, i;

	for (i = 0; i <= 1; i++) {
		len = (size_t)snprintf(big, sizeof(big), "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n", (int)(WX_HTTP1_TARGET - 1 + i), 0);
		is(big, len, false, i == 0 ? (long)len : -414);
	}
	memset(big, 'a', sizeof(big));
	is(big, 9000, false, -414);
	is(big, 9000, true, -400);
	for (i = 0; i <= 1; i++) {
		memset(big, 'a', sizeof(big));
		memcpy(big, GET "X: ", sizeof(GET) + 2);
		memcpy(big + WX_HTTP1_HEAD - 4 + i, "\r\n\r\n", 4);
		is(big, WX_HTTP1_HEAD + i, false, i == 0 ? WX_HTTP1_HEAD : -431);
	}
	for (i = 0; i <= 1; i++) {
		size_t f;

		len = (size_t)snprintf(big, sizeof(big), GET);
		for (f = 1; f < WX_HTTP1_FIELDS + i; f++)
			len += (size_t)snprintf(big + len, sizeof(big) - len, "X: %zu\r\n", f);
		len += (size_t)snprintf(big + len, sizeof(big) - len, "\r\n");
		is(big, len, false, i == 0 ? (long)len : -431);
	}
	for (i = 0; i <= 1; i++) {
		len = (size_t)snprintf(big, sizeof(big), GET "Connection: a\r\nConnection: %0*d\r\n\r\n", (int)(255 + i), 0);
		is(big, len, false, i == 0 ? (long)len : -400);
	}
}

static bool
span_is(const struct wx_http1 *h, struct wx_http1_span s, const char *want)
{
	return wx_http1_is(h, s, want);
}

static void
parts(void)
{
	static const char text[] = "GET http://A.example:81/x?y HTTP/1.1\r\nHost: b.example\r\nConnection: keep-alive , X-One\r\n"
	    "x-one: 1\r\nX-Two:\t 2 2 \r\nProxy-Foo: 3\r\nTE: trailers\r\nX-On: 4\r\nContent-Length: 5\r\n\r\n";
	static const bool hops[] = { false, true, true, false, true, true, false, false };
	struct wx_http1 h;
	size_t i;

	ok(head_of(&h, text, sizeof(text) - 1, false) == sizeof(text) - 1 && h.minor == 1, "a head of many parts");
	ok(span_is(&h, h.method, "GET") && h.form == WX_HTTP1_ABSOLUTE && span_is(&h, h.authority, "A.example:81") &&
	    span_is(&h, h.target, "/x?y") && span_is(&h, h.host, "b.example"), "its first line and Host");
	ok(h.framing == WX_HTTP1_LENGTH && h.length == 5 && !h.close, "its framing");
	ok(h.nfields == 8 && span_is(&h, h.fields[3].name, "X-Two") && span_is(&h, h.fields[3].value, "2 2"), "a field of it");
	for (i = 0; i < 8; i++)
		ok(wx_http1_hop(&h, i) == hops[i], "a field for the next hop, or not");
	ok(wx_http1_find(&h, "X-TWO") == &h.fields[3] && wx_http1_find(&h, "x") == NULL, "found by name");
	ok(wx_http1_lists(&h, "Connection", "KEEP-ALIVE") && !wx_http1_lists(&h, "connection", "alive") &&
	    !wx_http1_lists(&h, "connection", "keep"), "a member of a list");
	(void)head_of(&h, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 43, false);
	ok(h.close && h.minor == 0 && h.host.len == 0, "1.0 ends the connection");
	(void)head_of(&h, GET "Connection: x\r\nConnection: , Close\r\n\r\n", sizeof(GET) - 1 + 38, false);
	ok(h.close, "close, in the second list");
	(void)head_of(&h, "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 34, false);
	ok(h.form == WX_HTTP1_ABSOLUTE && h.target.len == 0, "a URL without a path");
	ok(head_of(&h, "GET", 3, false) == 0 && wx_http1_head(&h, "GET\n", 4) == -1 && wx_http1_head(&h, GET "\r\n", 40) == -1, "refused stays refused");
}

static void
responses(void)
{
	static const char *const good[] = {
		OK "\r\n", "HTTP/1.0 200 \r\n\r\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 599 a  b \x80\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
		OK "Content-Length: 3\r\nHost: x y\r\n\r\n", OK "Transfer-Encoding: chunked\r\n\r\n", NULL,
	};
	static const char *const none[] = {
		"HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n", "HTTP/1.1 600 x\r\n\r\n", "HTTP/1.1 2x0 x\r\n\r\n",
		"HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\n\n", "HTTP/1.1 -20 OK\r\n\r\n", " HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 O\x01\r\n\r\n",
		OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", OK "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		OK "Transfer-Encoding: gzip, chunked\r\n\r\n", OK "X : 1\r\n\r\n", OK " X: 1\r\n\r\n", OK "Content-Length: 1, 1\r\n\r\n",
		"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", NULL,
	};
	struct wx_http1 h;
	size_t i;

	for (i = 0; good[i] != NULL; i++)
		response_is(good[i], 1);
	for (i = 0; none[i] != NULL; i++)
		response_is(none[i], -400);
	response_is("HTTP/2.0 200 OK\r\n\r\n", -505);
	ok(head_of(&h, "HTTP/1.1 404 Not  Found\r\n\r\n", 27, true) == 27 && h.code == 404 && span_is(&h, h.reason, "Not  Found"), "status and reason");
}

static void
kind_is(const char *text, const char *method, enum wx_http1_body_kind want)
{
	struct wx_http1_body b;
	struct wx_http1 h;
	bool response = method != NULL;

	(void)head_of(&h, text, strlen(text), response);
	if (response)
		wx_http1_body_of_response(&b, &h, method);
	else
		wx_http1_body_of_request(&b, &h);
	ok(h.status == 0 && b.kind == want && b.done == (want == WX_HTTP1_BODY_NONE), text);
}

static void
kinds(void)
{
	kind_is(GET "\r\n", NULL, WX_HTTP1_BODY_NONE);
	kind_is(POST "Content-Length: 0\r\n\r\n", NULL, WX_HTTP1_BODY_NONE);
	kind_is(POST "Content-Length: 1\r\n\r\n", NULL, WX_HTTP1_BODY_LENGTH);
	kind_is(POST "Transfer-Encoding: chunked\r\n\r\n", NULL, WX_HTTP1_BODY_CHUNKED);
	kind_is("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", NULL, WX_HTTP1_BODY_TUNNEL);
	kind_is(OK "\r\n", "GET", WX_HTTP1_BODY_TO_END);
	kind_is(OK "\r\n", "HEAD", WX_HTTP1_BODY_NONE);
	kind_is(OK "Content-Length: 5\r\n\r\n", "HEAD", WX_HTTP1_BODY_NONE);
	kind_is(OK "Content-Length: 5\r\n\r\n", "GET", WX_HTTP1_BODY_LENGTH);
	kind_is(OK "Content-Length: 0\r\n\r\n", "GET", WX_HTTP1_BODY_NONE);
	kind_is(OK "Transfer-Encoding: chunked\r\n\r\n", "GET", WX_HTTP1_BODY_CHUNKED);
	kind_is(OK "Content-Length: 5\r\n\r\n", "CONNECT", WX_HTTP1_BODY_TUNNEL);
	kind_is("HTTP/1.1 403 x\r\nContent-Length: 5\r\n\r\n", "CONNECT", WX_HTTP1_BODY_LENGTH);
	kind_is("HTTP/1.1 101 x\r\n\r\n", "GET", WX_HTTP1_BODY_TUNNEL);
	kind_is("HTTP/1.1 103 x\r\n\r\n", "GET", WX_HTTP1_BODY_NONE);
	kind_is("HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", WX_HTTP1_BODY_NONE);
	kind_is("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", "GET", WX_HTTP1_BODY_NONE);
}

/* Feed LEN bytes, STEP at a time; what is content goes to OUT. Bytes taken, or -1. */
static long
feed(struct wx_http1_body *b, const char *in, size_t len, size_t step, char *out)
{
	const char *data;
	size_t at = 0, m, have;
	ssize_t rc;

	*out = '\0';
	for (have = step < len ? step : len;; have = have + step < len ? have + step : len) {
		do {
			rc = wx_http1_body_take(b, in + at, have - at, &data, &m);
			if (rc == -1)
				return -1;
			memcpy(out, data, m);
			out += m;
			*out = '\0';
			at += (size_t)rc;
		} while (rc > 0);
		if (b->done || have == len)
			return (long)at;
	}
}

/* The chunked body TEXT: it ends after TAKEN bytes (0: not yet; -1: it is none) and holds WANT. */
static void
chunks_are(const char *text, long taken, const char *want)
{
	static char out[4096];
	size_t step;

	for (step = 1; step <= 1000; step = step * 3 + 1) {
		struct wx_http1_body b = { .kind = WX_HTTP1_BODY_CHUNKED };
		long got = feed(&b, text, strlen(text), step, out);
		bool fine = taken == -1 ? got == -1 && !b.done : taken == 0 ? got == (long)strlen(text) && !b.done : got == taken && b.done;

		if (!fine)
			printf("# %ld bytes taken, done %d\n", got, b.done);
		ok(fine && (want == NULL || strcmp(out, want) == 0), text);
	}
}

static void
chunked(void)
{
	static const char *const none[] = {
		"\r\n", "x", " 1\r\na\r\n", "1 \r\na\r\n", "1 ;x\r\na\r\n", "1\na\r\n", "1\r\rna\r\n", "0x1\r\na\r\n", "+1\r\na\r\n", "-1\r\na\r\n", "1_0\r\na\r\n",
		"000000001\r\na\r\n", "FFFFFFFFF\r\na\r\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1\r\na0\r\n\r\n", "1\r\na\r0\r\n\r\n", ";x\r\n",
		"1;x\na\r\n", "1;x\x01\r\na\r\n", "1;x\x7f\r\na\r\n", "1;x\rb\r\na\r\n", "0\r\n\n", "0\r\n X: y\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX : y\r\n\r\n",
		"0\r\n: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX: y\x01\r\n\r\n", "0\r\nX: y\r\n\rz", "0\r\nX(: y\r\n\r\n", "0\n\r\n", "1,2\r\na\r\n", "1;\r\na\r\n",
		"1;;x\r\na\r\n", "1;x=\r\na\r\n", "1;x;\r\na\r\n", "1;x[=y\r\na\r\n", "1;=y\r\na\r\n", "1;x=\"y\r\na\r\n", "1;x=\"y\\\r\na\r\n", "1;x=\"y\"z\r\na\r\n",
		"1;x=y=z\r\na\r\n", "1;x y\r\na\r\n", "1;x=a b\r\na\r\n", "\x35\x80\r\n", NULL,
	};
	static char big[WX_HTTP1_HEAD];
	size_t i;

	chunks_are("5\r\nhello\r\n0\r\n\r\nGET", 15, "hello");
	chunks_are("1\r\na\r\n00000002\r\nbc\r\nA\r\n0123456789\r\n0\r\n\r\n", 40, "abc0123456789");
	chunks_are("2;a=b;c=\"d e\"\r\nab\r\n0;x\r\nTrailer: dropped\r\nY:\r\n\r\n\r\n", 48, "ab");
	chunks_are("1; x =\t\"\\\"\" ;y\t;z= w \r\na\r\n0;q\r\n\r\n", 33, "a");
	chunks_are("0\r\n\r\n", 5, "");
	chunks_are("5\r\nhel", 0, "hel");
	chunks_are("5\r\nhello\r\n0\r\n\r", 0, "hello");
	chunks_are("3\r\n\r\n0\r\n0\r\n\r\n", 13, "\r\n0");
	for (i = 0; none[i] != NULL; i++)
		chunks_are(none[i], -1, NULL);
	for (i = 0; i <= 1; i++) {
		(void)snprintf(big, sizeof(big), "1;%0*d\r\na\r\n0\r\n\r\n", (int)(256 + i), 0);
		chunks_are(big, i == 0 ? 2 + 256 + 2 + 3 + 5 : -1, NULL);
		(void)snprintf(big, sizeof(big), "0\r\nX:%0*d\r\n\r\n", (int)(8192 - 5 + i), 0);
		chunks_are(big, i == 0 ? 3 + 8192 + 1 : -1, NULL);
	}
}

static void
others(void)
{
	struct wx_http1_body b = { .kind = WX_HTTP1_BODY_LENGTH, .left = 5 };
	char out[100];

	ok(feed(&b, "hello world", 11, 3, out) == 5 && b.done && strcmp(out, "hello") == 0, "a body of 5 bytes ends after them");
	b = (struct wx_http1_body){ .kind = WX_HTTP1_BODY_LENGTH, .left = 5 };
	ok(feed(&b, "hell", 4, 3, out) == 4 && !b.done, "one cut short is not over");
	b = (struct wx_http1_body){ .kind = WX_HTTP1_BODY_TO_END };
	ok(feed(&b, "hello", 5, 3, out) == 5 && !b.done && strcmp(out, "hello") == 0, "one to the end takes all");
	b = (struct wx_http1_body){ .kind = WX_HTTP1_BODY_NONE, .done = true };
	ok(feed(&b, "hello", 5, 3, out) == 0, "none takes nothing");
	b = (struct wx_http1_body){ .kind = WX_HTTP1_BODY_CHUNKED };
	ok(feed(&b, "x", 1, 1, out) == -1 && feed(&b, "0\r\n\r\n", 5, 5, out) == -1, "a bad one stays bad");
	ok(wx_http1_chunk_head(out, 32768) == 6 && strcmp(out, "8000\r\n") == 0, "the line before a chunk");
}

static void
paths(void)
{
	static const char *const good[] = { "/", "/a", "/a/", "/v1/messages?beta=//../%2e", "/...", "/.a/b..", "/a%20b", "/a;b=1", "/%E2%82%AC", "/a:b", NULL };
	static const char *const none[] = {
		"", "a", "//", "/a//b", "/.", "/..", "/./a", "/../a", "/a/.", "/a/..", "/a/./b", "/a/../b", "/a/..;/b", "/..;x", "/a\\b", "/a%2fb", "/a%2Fb",
		"/%2e%2e/a", "/.%2e/a", "/a%5cb", "/a%00", "/a%0d%0aX", "/a%252e", "/a%", "/a%2", "/a%zz", "/a%7f", "/a#b", "/a?b#c", "/a%?x", "?x", NULL,
	};
	size_t i;

	for (i = 0; good[i] != NULL; i++)
		ok(wx_http1_path_plain(good[i], strlen(good[i])), good[i]);
	for (i = 0; none[i] != NULL; i++)
		ok(!wx_http1_path_plain(none[i], strlen(none[i])), none[i]);
}

int
main(void)
{
	first_lines();
	fields();
	limits();
	parts();
	responses();
	kinds();
	chunked();
	others();
	paths();
	printf("1..%d\n", n);
	return bad;
}
