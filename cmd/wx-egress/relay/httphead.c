/* SPDX-License-Identifier: MIT */
#include "http.h"

static bool
text(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

static bool
span(struct buf *b, const struct wx_http1 *h, struct wx_http1_span s)
{
	return buf_put(b, h->buf + s.at, s.len);
}

/* Those that we make anew, and those that are of one connection only. */
static bool
left_out(const struct wx_http1 *h, size_t i)
{
	static const char *const names[] = { "host", "content-length", "transfer-encoding", "expect" };
	size_t n;

	for (n = 0; n < sizeof(names) / sizeof(*names); n++)
		if (wx_http1_names(h, h->fields[i].name, names[n]))
			return true;
	return wx_http1_hop(h, i);
}

static bool
fields(struct buf *b, const struct wx_http1 *h)
{
	size_t i;

	for (i = 0; i < h->nfields; i++)
		if (!left_out(h, i) && !(span(b, h, h->fields[i].name) && text(b, ": ") && span(b, h, h->fields[i].value) && text(b, "\r\n")))
			return false;
	return true;
}

static bool
length(struct buf *b, uint64_t n)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "Content-Length: %llu\r\n", (unsigned long long)n);
	return text(b, line);
}

static bool
host(struct buf *b, const struct conn *c)
{
	char line[WX_HOSTNAME_MAX + 32], port[8] = "";
	bool v6 = strchr(c->host, ':') != NULL && c->host[0] != '[';

	if (c->port != 80)
		(void)snprintf(port, sizeof(port), ":%u", c->port);
	(void)snprintf(line, sizeof(line), "Host: %s%s%s%s\r\n", v6 ? "[" : "", c->host, v6 ? "]" : "", port);
	return text(b, line);
}

bool
head_to_server(struct conn *c)
{
	struct http *h = c->http;
	struct buf *b = &h->to_server;
	const struct wx_http1_field *upgrade = wx_http1_find(&h->head, "upgrade");
	bool good;

	buf_free(b);
	wx_http1_body_of_request(&h->request, &h->head);
	h->chunk_up = h->request.kind == WX_HTTP1_BODY_CHUNKED;
	good = text(b, h->method) && text(b, " ") && text(b, h->path) && text(b, " HTTP/1.1\r\n") && host(b, c) && fields(b, &h->head);
	if (h->chunk_up)
		good = good && text(b, "Transfer-Encoding: chunked\r\n");
	else if (h->head.framing == WX_HTTP1_LENGTH)
		good = good && length(b, h->head.length);
	if (h->upgrade)
		good = good && text(b, "Connection: upgrade\r\nUpgrade: ") && span(b, &h->head, upgrade->value) && text(b, "\r\n\r\n");
	else
		good = good && text(b, "Connection: close\r\n\r\n");
	return good;
}

/* Of a response without a body the length says how long that of GET would be. */
static bool
framing(struct http *h, struct buf *b)
{
	if (h->response.kind == WX_HTTP1_BODY_CHUNKED && !h->old_client) {
		h->chunk_down = true;
		return text(b, "Transfer-Encoding: chunked\r\n");
	}
	if (h->response.kind == WX_HTTP1_BODY_CHUNKED || h->response.kind == WX_HTTP1_BODY_TO_END)
		h->close = true;
	else if (h->head.framing == WX_HTTP1_LENGTH && h->head.code != 204)
		return length(b, h->head.length);
	else if (h->response.kind == WX_HTTP1_BODY_LENGTH)
		return length(b, h->response.left);
	return true;
}

bool
head_to_client(struct conn *c)
{
	struct http *h = c->http;
	const struct wx_http1_field *upgrade = wx_http1_find(&h->head, "upgrade");
	struct buf *b = &c->out;
	char line[32];

	h->chunk_down = false;
	(void)snprintf(line, sizeof(line), "HTTP/1.1 %d ", h->head.code);
	if (!text(b, line) || !span(b, &h->head, h->head.reason) || !text(b, "\r\n") || !fields(b, &h->head))
		return false;
	if (h->response.kind == WX_HTTP1_BODY_TUNNEL)
		return text(b, "Connection: upgrade\r\n") &&
		    (upgrade == NULL || (text(b, "Upgrade: ") && span(b, &h->head, upgrade->value) && text(b, "\r\n"))) && text(b, "\r\n");
	if (!framing(h, b))
		return false;
	return text(b, h->close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
}
