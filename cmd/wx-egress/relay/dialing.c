/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "conn/conn.h"

/* What a connection asks for, as long as it could not be sent. One for all: it is made from the connection each time. */
static struct link_ask message;

/* The method and path of those that wait to be sent. */
struct waiting {
	char *method, *path;
};

static struct waiting waiting[CONNS];

static struct waiting *
waiting_of(const struct conn *c)
{
	return &waiting[c - front.conns];
}

static void
forget(const struct conn *c)
{
	free(waiting_of(c)->method);
	free(waiting_of(c)->path);
	*waiting_of(c) = (struct waiting){ .path = NULL };
}

static size_t
put(size_t at, const char *text, size_t cap, uint16_t *len)
{
	size_t n = text == NULL ? 0 : strnlen(text, cap);

	memcpy(message.text + at, text == NULL ? "" : text, n);
	*len = (uint16_t)n;
	return at + n;
}

/* False: the dialers have enough to do. */
static bool
send_one(struct conn *c)
{
	const struct waiting *w = waiting_of(c);
	size_t len = 0;

	message = (struct link_ask){ .id = c->id, .port = c->port, .via = (uint8_t)c->via, .forward = c->forward };
	len = put(len, c->host, WX_HOSTNAME_MAX, &message.host_len);
	len = put(len, w->method, LINK_METHOD, &message.method_len);
	len = put(len, w->path, LINK_PATH, &message.path_len);
	if (link_send(front.channel, &message, offsetof(struct link_ask, text) + len, -1, false) == -1) {
		/* EPIPE: these dialers are of the past, and the next ones on their way. */
		front.asks_full = errno == EAGAIN;
		return false;
	}
	c->channel = front.channel;
	return true;
}

/* Those that wait, in the order of their ids. */
void
dialing_flush(void)
{
	struct conn *c, *next;

	front.asks_full = false;
	while (front.channel != -1) {
		next = NULL;
		for (c = front.conns; c < front.conns + CONNS; c++)
			if (c->state == STATE_DIAL && c->channel == -1 && (next == NULL || (int32_t)(c->id - next->id) < 0))
				next = c;
		if (next == NULL || !send_one(next))
			return;
	}
}

void
dialing_ask(struct conn *c, const char *method, const char *path)
{
	struct waiting *w = waiting_of(c);

	c->id = ++front.next_id;
	if (front.dials >= DIALS) {
		conn_refuse_log(c, REASON_LIMIT, "");
		return;
	}
	forget(c);
	c->asked = false;
	w->method = method == NULL ? NULL : strdup(method);
	w->path = path == NULL ? NULL : strdup(path);
	if ((method != NULL && w->method == NULL) || (path != NULL && w->path == NULL)) {
		conn_refuse_log(c, REASON_INTERNAL, "");
		return;
	}
	front.dials++;
	c->channel = -1;
	conn_set(c, STATE_DIAL, DIAL_MS);
	dialing_flush();
}

static struct conn *
dialing_with(uint32_t id)
{
	struct conn *c;

	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state == STATE_DIAL && c->id == id && c->channel != -1)
			return c;
	return NULL;
}

static const char socks_done[] = "\5\0\0\1\0\0\0\0\0";
static const char connect_done[] = "HTTP/1.1 200 Connection established\r\n\r\n";

/* Of a tunnel that the client asked for: what has to come through it is by the port. */
static void
connected_by_proxy(struct conn *c)
{
	bool good = c->via == VIA_SOCKS ? buf_put(&c->out, socks_done, sizeof(socks_done)) :
	    buf_put(&c->out, connect_done, sizeof(connect_done) - 1);

	if (!good || !buf_send(&c->out, c->client)) {
		conn_reset(c);
		return;
	}
	if (c->port != 80) {
		tunnel_begin(c, c->port == 443 ? CHECK_TLS : c->port == 22 ? CHECK_SSH : CHECK_SNIFF);
		return;
	}
	/* HTTP is read in a tunnel as well, and each of its requests decided and connected by itself. */
	conn_left(c);
	c->named = true;
	c->via = VIA_HTTP;
	c->tongue = TONGUE_HTTP;
	if (c->http != NULL) {
		http_next(c, HEAD_MS);
	} else {
		conn_set(c, STATE_HEAD, HEAD_MS);
		http_head_step(c);
	}
}

static void
connected(struct conn *c, const struct link_answer *a, int fd)
{
	c->server = fd;
	c->dialed = true;
	c->since = front.now;
	c->entry = a->entry;
	c->limit = UINT64_MAX;
	if (a->entry < sizeof(front.sent) / sizeof(*front.sent))
		c->limit = a->up;
	c->up = (struct flow){ .pipe = { -1, -1 } };
	c->down = (struct flow){ .pipe = { -1, -1 } };
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	if (c->tongue == TONGUE_HTTP && c->http != NULL && c->via != VIA_CONNECT)
		http_begin(c);
	else if (c->via == VIA_CONNECT || c->via == VIA_SOCKS)
		connected_by_proxy(c);
	else if (c->tongue == TONGUE_SSH)
		tunnel_begin(c, CHECK_SSH);
	else
		/* Of TLS the hello has been read, and waits in IN. */
		tunnel_begin(c, c->tongue == TONGUE_TLS || c->via == VIA_FORWARD ? CHECK_NONE : CHECK_SNIFF);
}

/* On this port requests are listed: one has to be read first. */
static void
needs_http(struct conn *c)
{
	c->tongue = TONGUE_HTTP;
	c->named = true;
	conn_set(c, STATE_HEAD, HEAD_MS);
	http_head_step(c);
}

/* Somebody may be there who allows it: the connection waits. False: nobody can be asked. */
static bool
ask_user(struct conn *c)
{
	static struct link_event e;
	size_t i;

	e = (struct link_event){ .kind = EVENT_ASK, .via = (uint8_t)c->via, .port = c->port, .id = c->id };
	for (i = 0; i < sizeof(e.host) - 1 && c->host[i] != '\0'; i++)
		e.host[i] = c->host[i];
	if (link_send(front.orders, &e, sizeof(e), -1, false) == -1)
		return false;
	c->asked = true;
	conn_set(c, STATE_ASK, (int64_t)front.ask * 1000 + HEAD_MS);
	return true;
}

static void
answered(const struct link_answer *a, int fd)
{
	struct conn *c = dialing_with(a->id);

	if (c == NULL || (a->reason == REASON_ALLOWED) != (fd != -1)) {
		if (fd != -1)
			(void)close(fd);
		return;
	}
	front.dials--;
	c->deadline = 0;
	c->channel = -1;
	/* Of no state until it has the next one. */
	c->state = STATE_HEAD;
	if (fd == -1 && a->askable && front.ask > 0 && !c->asked && ask_user(c))
		return;
	forget(c);
	if (fd != -1)
		connected(c, a, fd);
	else if (a->reason == REASON_NEEDS_HTTP && c->via == VIA_DIRECT && c->http == NULL && c->tongue == TONGUE_NONE)
		needs_http(c);
	else
		conn_refuse(c, (enum reason)a->reason);
}

static void
ask_again(const struct link_answer *a, int fd)
{
	struct conn *c = dialing_with(a->id);

	if (fd != -1)
		(void)close(fd);
	if (c != NULL)
		c->channel = -1;
}

/* What was asked there is asked again, of those that are there now. */
static void
closed(int *channel)
{
	struct conn *c;

	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state == STATE_DIAL && c->channel == *channel)
			c->channel = -1;
	(void)close(*channel);
	*channel = -1;
}

void
dialing_answer(int *channel)
{
	struct link_answer a;
	ssize_t n;
	int fd;

	for (;;) {
		n = link_recv(*channel, &a, sizeof(a), &fd, false);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n == (ssize_t)sizeof(a)) {
			/* By a policy of the past: what it allowed may have been taken back since. */
			if (channel == &front.old)
				ask_again(&a, fd);
			else
				answered(&a, fd);
			continue;
		}
		if (fd != -1)
			(void)close(fd);
		closed(channel);
		return;
	}
}

void
dialing_switch(int channel)
{
	if (front.old != -1)
		closed(&front.old);
	front.old = front.channel;
	front.channel = channel;
	dialing_flush();
}

/* After a yes the dialers are asked once more, whose word alone counts. */
void
dialing_reply(uint32_t id, bool yes)
{
	struct conn *c;

	for (c = front.conns; c < front.conns + CONNS && !(c->state == STATE_ASK && c->id == id); c++)
		;
	if (c == front.conns + CONNS)
		return;
	if (!yes) {
		forget(c);
		c->state = STATE_HEAD;
		conn_refuse(c, REASON_ASK);
		return;
	}
	front.dials++;
	c->channel = -1;
	conn_set(c, STATE_DIAL, DIAL_MS);
	dialing_flush();
}

void
dialing_lost(uint32_t id)
{
	struct conn *c = dialing_with(id);

	if (c != NULL) {
		front.dials--;
		c->state = STATE_HEAD;
		forget(c);
		conn_refuse_log(c, REASON_INTERNAL, "");
	}
}
