/* SPDX-License-Identifier: MIT */
#include "conn.h"

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

struct front front = { .channel = -1, .old = -1, .most = CONNS };

void
conn_set(struct conn *c, enum state s, int64_t ms)
{
	c->state = s;
	c->deadline = ms > 0 ? front.now + ms : 0;
}

/* How the connection did, for the log and for what may still be sent to the entry. */
static void
tell_end(struct conn *c)
{
	static struct link_event e;

	e = (struct link_event){ .kind = EVENT_END, .id = c->id, .entry = c->entry, .up = c->up.n, .down = c->down.n,
		.ms = (uint32_t)(front.now - c->since) };
	if (c->entry < sizeof(front.sent) / sizeof(*front.sent))
		front.sent[c->entry] += c->up.n;
	(void)link_send(front.orders, &e, sizeof(e), -1, false);
	c->dialed = false;
}

void
conn_end(struct conn *c)
{
	if (c->state == STATE_FREE)
		return;
	if (c->state == STATE_DIAL)
		front.dials--;
	if (c->dialed)
		tell_end(c);
	if (c->synthetic)
		synth_use(front.synth, c->addr, false, front.now / 1000);
	tunnel_free(c);
	http_free(c);
	buf_free(&c->in);
	buf_free(&c->out);
	if (c->client != -1)
		(void)close(c->client);
	if (c->server != -1)
		(void)close(c->server);
	*c = (struct conn){ .state = STATE_FREE, .client = -1, .server = -1 };
	front.n--;
}

void
conn_reset(struct conn *c)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(c->client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	conn_end(c);
}

void
conn_left(struct conn *c)
{
	if (c->server != -1)
		(void)close(c->server);
	c->server = -1;
	if (c->dialed)
		tell_end(c);
	tunnel_free(c);
}

void
conn_finish(struct conn *c)
{
	if (c->state == STATE_DIAL)
		front.dials--;
	conn_left(c);
	conn_set(c, STATE_FINISH, FINISH_MS);
}

void
conn_refuse(struct conn *c, enum reason r)
{
	refuse_note(c, r);
	refuse_say(c, r);
}

void
conn_refuse_log(struct conn *c, enum reason r, const char *seen)
{
	static struct link_event e;
	size_t i;

	e = (struct link_event){ .kind = EVENT_DECISION, .reason = (uint8_t)r, .via = (uint8_t)c->via, .port = c->port,
		.id = c->id, .entry = UINT32_MAX };
	for (i = 0; i < sizeof(e.host) - 1 && c->host[i] != '\0'; i++)
		e.host[i] = c->host[i] > 0x20 && c->host[i] < 0x7f ? c->host[i] : '?';
	(void)snprintf(e.seen, sizeof(e.seen), "%s", seen);
	(void)link_send(front.orders, &e, sizeof(e), -1, false);
	conn_refuse(c, r);
}

ssize_t
conn_read(struct conn *c)
{
	struct buf *b = &c->in;
	ssize_t n;

	if (b->p == NULL) {
		b->p = malloc(BUFFER);
		if (b->p == NULL)
			return -1;
		b->cap = BUFFER;
	}
	if (b->off > 0) {
		memmove(b->p, b->p + b->off, b->len);
		b->off = 0;
	}
	if (b->len == b->cap)
		return 0;
	do
		n = read(c->client, b->p + b->len, b->cap - b->len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	b->len += (size_t)n;
	return n == 0 ? -1 : n;
}

bool
buf_put(struct buf *b, const void *p, size_t len)
{
	unsigned char *more;

	if (b->off > 0) {
		memmove(b->p, b->p + b->off, b->len);
		b->off = 0;
	}
	if (len > 4 * BUFFER || b->len + len > 4 * BUFFER)
		return false;
	if (b->len + len > b->cap) {
		more = realloc(b->p, b->len + len);
		if (more == NULL)
			return false;
		b->p = more;
		b->cap = b->len + len;
	}
	memcpy(b->p + b->len, p, len);
	b->len += len;
	return true;
}

void
buf_skip(struct buf *b, size_t n)
{
	b->off += n;
	b->len -= n;
	if (b->len == 0)
		b->off = 0;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .p = NULL };
}

bool
buf_send(struct buf *b, int fd)
{
	ssize_t n;

	while (b->len > 0) {
		n = send(fd, b->p + b->off, b->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN;
		buf_skip(b, (size_t)n);
	}
	buf_free(b);
	return true;
}

/* The last words are out: no more comes of us, and what the client still says is not heard, so that they are
 * not lost to a reset. */
void
conn_finish_step(struct conn *c)
{
	char drop[4096];
	ssize_t n;

	if (!buf_send(&c->out, c->client)) {
		conn_end(c);
		return;
	}
	if (c->out.len > 0)
		return;
	if (!c->down.shut) {
		(void)shutdown(c->client, SHUT_WR);
		c->down.shut = true;
	}
	do
		n = read(c->client, drop, sizeof(drop));
	while (n > 0);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		conn_end(c);
}
