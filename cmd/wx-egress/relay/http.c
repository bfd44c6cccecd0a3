/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define KEEP_MS 60000 /* for a next request on the same connection */

void
http_free(struct conn *c)
{
	if (c->http == NULL)
		return;
	free(c->http->path);
	buf_free(&c->http->to_server);
	buf_free(&c->http->from_server);
	free(c->http);
	c->http = NULL;
}

/* Is HOST, of LEN bytes, that of the connection, however it is written? */
static bool
same_host(const struct conn *c, const char *host, size_t len)
{
	char own[WX_HOSTNAME_MAX], other[WX_HOSTNAME_MAX];
	unsigned char addr[16];
	int family;
	size_t n = strlen(c->host);

	if (wx_hostname(c->host, n, own) == -1 && !wx_hostname_literal(c->host, n, &family, addr, own))
		return false;
	if (wx_hostname(host, len, other) == -1 && !wx_hostname_literal(host, len, &family, addr, other))
		return false;
	return strcmp(own, other) == 0;
}

/* The authority of LEN bytes at S says host and port as they are decided. */
static bool
same_authority(const struct conn *c, const char *s, size_t len)
{
	unsigned port;
	size_t n = wx_http1_authority(s, len, &port);

	return n > 0 && same_host(c, s, n) && (port != 0 ? port : 80) == c->port;
}

static bool
take_authority(struct conn *c, struct wx_http1_span a, unsigned otherwise)
{
	const char *s = c->http->head.buf + a.at;
	unsigned port;
	size_t n = wx_http1_authority(s, a.len, &port);

	if (n == 0 || n >= sizeof(c->host) || (port == 0 && otherwise == 0))
		return false;
	memcpy(c->host, s, n);
	c->host[n] = '\0';
	c->port = (uint16_t)(port != 0 ? port : otherwise);
	return true;
}

static void
route_connect(struct conn *c, size_t head)
{
	if (c->named || !take_authority(c, c->http->head.authority, 0)) {
		refuse_http(c, 400, c->named ? "this is no proxy: a tunnel leads to one host" : "CONNECT wants HOST:PORT");
		return;
	}
	c->via = VIA_CONNECT;
	buf_skip(&c->in, head);
	dialing_ask(c, NULL, NULL);
}

/* Whom the request is for; false: it was refused. */
static bool
route_host(struct conn *c)
{
	const struct wx_http1 *h = &c->http->head;

	if (h->form == WX_HTTP1_ABSOLUTE && !c->named) {
		c->via = VIA_HTTP;
		if (!take_authority(c, h->authority, 80)) {
			refuse_http(c, 400, "the target's host is malformed");
			return false;
		}
		/* What belongs there is told apart in a tunnel. */
		if (c->port == 443 || c->port == 22) {
			refuse_http(c, 400, "this port has no plain HTTP: CONNECT to it");
			return false;
		}
	} else if (!c->named) {
		if (h->host.len > 0 && take_authority(c, h->host, 80) && same_host(c, SYNTH_SELF, strlen(SYNTH_SELF)))
			return true;
		c->host[0] = '\0';
		refuse_http(c, 400, "this is a proxy: it wants the whole URL of http://, or CONNECT");
		return false;
	} else if (h->form == WX_HTTP1_ABSOLUTE && !same_authority(c, h->buf + h->authority.at, h->authority.len)) {
		refuse_http(c, 421, "the request is for another host than the connection");
		return false;
	}
	if (h->host.len > 0 && !same_authority(c, h->buf + h->host.at, h->host.len)) {
		refuse_http(c, 421, "the Host field names another host than the connection");
		return false;
	}
	return true;
}

static bool
set_words(struct http *h)
{
	struct wx_http1_span t = h->head.target;
	bool slash = t.len == 0 || h->head.buf[t.at] == '/' || h->head.buf[t.at] == '*';

	(void)snprintf(h->method, sizeof(h->method), "%.*s", (int)h->head.method.len, h->head.buf + h->head.method.at);
	free(h->path);
	return asprintf(&h->path, "%s%.*s", t.len == 0 || !slash ? "/" : "", (int)t.len, h->head.buf + t.at) != -1;
}

static void
route(struct conn *c, size_t head)
{
	struct http *h = c->http;
	const struct wx_http1_field *upgrade;

	if (!set_words(h)) {
		h->path = NULL;
		conn_reset(c);
		return;
	}
	if (strcmp(h->method, "CONNECT") == 0) {
		route_connect(c, head);
		return;
	}
	if (!route_host(c))
		return;
	upgrade = wx_http1_find(&h->head, "upgrade");
	h->upgrade = upgrade != NULL && wx_http1_names(&h->head, upgrade->value, "websocket");
	h->old_client = h->head.minor == 0;
	h->close = h->head.close;
	h->expects = wx_http1_lists(&h->head, "expect", "100-continue");
	if (wx_http1_lists(&h->head, "upgrade", "h2c")) {
		refuse_http(c, 501, "HTTP/2 is not spoken here in plain");
	} else if (same_host(c, SYNTH_SELF, strlen(SYNTH_SELF))) {
		inside_answer(c, h->method, h->path);
	} else if (!head_to_server(c)) {
		conn_reset(c);
	} else {
		buf_skip(&c->in, head);
		dialing_ask(c, h->method, h->path);
	}
}

void
http_head_step(struct conn *c)
{
	struct http *h = c->http;
	ssize_t n = conn_read(c), head;

	if (h == NULL) {
		h = c->http = calloc(1, sizeof(*h));
		if (h == NULL) {
			conn_reset(c);
			return;
		}
	}
	if (c->in.len == 0) {
		if (n == -1)
			conn_end(c);
		return;
	}
	if (!h->begun)
		wx_http1_begin(&h->head, false);
	h->begun = true;
	if (!h->timed)
		conn_set(c, STATE_HEAD, HEAD_MS);
	h->timed = true;
	head = wx_http1_head(&h->head, (const char *)c->in.p + c->in.off, c->in.len);
	if (head == -1)
		refuse_http(c, h->head.status, h->head.why);
	else if (head > 0)
		route(c, (size_t)head);
	else if (n == -1)
		conn_reset(c);
}

void
http_next(struct conn *c, int64_t ms)
{
	c->http->begun = c->http->timed = c->http->answered = false;
	conn_set(c, STATE_HEAD, ms);
	/* It may be here already. */
	if (c->in.len > 0)
		http_head_step(c);
}

void
http_begin(struct conn *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http *h = c->http;

	wx_http1_begin(&h->head, true);
	h->answered = h->server_ended = h->server_deaf = false;
	if (h->expects && !h->request.done && !buf_put(&c->out, go_on, sizeof(go_on) - 1)) {
		conn_reset(c);
		return;
	}
	conn_set(c, STATE_HTTP, 0);
	http_step(c);
}

/* Of the client's body, what the server has room for. False: it is malformed, or the client has gone. */
static bool
body_up(struct conn *c)
{
	struct http *h = c->http;
	char line[WX_HTTP1_CHUNK_HEAD];
	const char *data;
	ssize_t took;
	size_t n;

	if (h->request.done || h->to_server.len > 0)
		return true;
	if (conn_read(c) == -1 && c->in.len == 0)
		return false;
	do {
		took = wx_http1_body_take(&h->request, (const char *)c->in.p + c->in.off, c->in.len, &data, &n);
		if (took == -1)
			return false;
		if (n > 0 && !h->server_deaf) {
			if (h->chunk_up && !buf_put(&h->to_server, line, wx_http1_chunk_head(line, n)))
				return false;
			if (!buf_put(&h->to_server, data, n) || (h->chunk_up && !buf_put(&h->to_server, "\r\n", 2)))
				return false;
		}
		buf_skip(&c->in, (size_t)took);
	} while (took > 0 && !h->request.done && c->in.len > 0);
	return !h->request.done || !h->chunk_up || h->server_deaf || buf_put(&h->to_server, "0\r\n\r\n", 5);
}

static bool
move_up(struct conn *c)
{
	struct http *h = c->http;
	size_t before;

	if (!body_up(c))
		return false;
	before = h->to_server.len;
	if (!h->server_deaf && !buf_send(&h->to_server, c->server)) {
		/* It may have answered before it stopped to listen. */
		h->server_deaf = true;
		buf_free(&h->to_server);
	}
	if (!h->server_deaf)
		c->up.n += before - h->to_server.len;
	return true;
}

/* Of the server, as much as there is room for. */
static void
read_server(struct conn *c)
{
	struct buf *b = &c->http->from_server;
	ssize_t n;

	if (b->p == NULL) {
		b->p = malloc(BUFFER);
		if (b->p == NULL) {
			c->http->server_ended = true;
			return;
		}
		b->cap = BUFFER;
	}
	if (b->off > 0)
		memmove(b->p, b->p + b->off, b->len);
	b->off = 0;
	if (b->len == b->cap || c->http->server_ended)
		return;
	do
		n = read(c->server, b->p + b->len, b->cap - b->len);
	while (n == -1 && errno == EINTR);
	if (n > 0) {
		b->len += (size_t)n;
		c->down.n += (uint64_t)n;
	} else if (n == 0 || errno != EAGAIN) {
		c->http->server_ended = true;
	}
}

enum got { GOT_MORE, GOT_DONE, GOT_BAD };

/* The heads of responses up to one that is final. */
static enum got
response_head(struct conn *c)
{
	struct http *h = c->http;
	struct buf *b = &h->from_server;
	ssize_t n;

	while (!h->answered) {
		n = b->len == 0 ? 0 : wx_http1_head(&h->head, (const char *)b->p + b->off, b->len);
		if (n == 0)
			return h->server_ended ? GOT_BAD : GOT_MORE;
		if (n == -1)
			return GOT_BAD;
		if (h->head.code >= 200 || h->head.code == 101) {
			wx_http1_body_of_response(&h->response, &h->head, h->method);
			if ((h->response.kind == WX_HTTP1_BODY_TUNNEL) != (h->head.code == 101 && h->upgrade) || !head_to_client(c))
				return GOT_BAD;
			h->answered = true;
		}
		buf_skip(b, (size_t)n);
		if (!h->answered)
			wx_http1_begin(&h->head, true);
	}
	return GOT_DONE;
}

static enum got
response_body(struct conn *c)
{
	struct http *h = c->http;
	struct buf *b = &h->from_server;
	char line[WX_HTTP1_CHUNK_HEAD];
	const char *data;
	ssize_t took = 1;
	size_t n;

	while (!h->response.done && b->len > 0 && took > 0) {
		took = wx_http1_body_take(&h->response, (const char *)b->p + b->off, b->len, &data, &n);
		if (took == -1)
			return GOT_BAD;
		if (n > 0 && h->chunk_down && !buf_put(&c->out, line, wx_http1_chunk_head(line, n)))
			return GOT_BAD;
		if (n > 0 && (!buf_put(&c->out, data, n) || (h->chunk_down && !buf_put(&c->out, "\r\n", 2))))
			return GOT_BAD;
		buf_skip(b, (size_t)took);
	}
	if (h->response.done)
		return !h->chunk_down || buf_put(&c->out, "0\r\n\r\n", 5) ? GOT_DONE : GOT_BAD;
	if (!h->server_ended)
		return GOT_MORE;
	return h->response.kind == WX_HTTP1_BODY_TO_END ? GOT_DONE : GOT_BAD;
}

/* The server's part is over: its connection ends here, and with it what the log counts. */
static void
leave_server(struct conn *c)
{
	struct http *h = c->http;
	bool over = h->close || !h->request.done || front.stopping;

	conn_left(c);
	buf_free(&h->to_server);
	buf_free(&h->from_server);
	if (over) {
		conn_finish(c);
		return;
	}
	if (!c->named)
		c->host[0] = '\0';
	http_next(c, KEEP_MS);
}

static void
broken(struct conn *c)
{
	if (c->http->answered || c->down.n > 0 || c->out.len > 0)
		conn_reset(c);
	else
		refuse_http(c, 502, "the server ended the connection without an answer");
}

/* From here on it is bytes, both ways. */
static void
switched(struct conn *c)
{
	struct buf *b = &c->http->from_server;

	if (b->len > 0 && !buf_put(&c->out, b->p + b->off, b->len)) {
		conn_reset(c);
		return;
	}
	http_free(c);
	tunnel_begin(c, CHECK_NONE);
}

void
http_step(struct conn *c)
{
	struct http *h = c->http;
	enum got got = GOT_MORE;

	if (tunnel_stopped(c))
		return;
	if (!move_up(c)) {
		conn_reset(c);
		return;
	}
	if (tunnel_stopped(c))
		return;
	if (c->out.len == 0 || !h->answered)
		read_server(c);
	if (!h->answered)
		got = response_head(c);
	if (h->answered && h->response.kind == WX_HTTP1_BODY_TUNNEL) {
		switched(c);
		return;
	}
	/* What is already on its way to the client is sent before more is made of what the server sent. */
	if (h->answered && got != GOT_BAD)
		got = response_body(c);
	if (got == GOT_BAD) {
		broken(c);
		return;
	}
	if (!buf_send(&c->out, c->client))
		conn_reset(c);
	else if (got == GOT_DONE)
		leave_server(c);
}

short
http_wants(const struct conn *c, bool client)
{
	const struct http *h = c->http;
	short events = 0;

	if (client) {
		if (!h->request.done && h->to_server.len == 0)
			events |= POLLIN;
		if (c->out.len > 0)
			events |= POLLOUT;
		return events;
	}
	if (!h->server_ended && c->out.len == 0 && h->from_server.len < BUFFER)
		events |= POLLIN;
	if (h->to_server.len > 0 && !h->server_deaf)
		events |= POLLOUT;
	return events;
}
