/* SPDX-License-Identifier: MIT */
#include "front.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "frame/frame.h"
#include "libcommon/clock.h"
#include "reply.h"
#include "request.h"

#define HEAD_TIME   10000  /* ms for a head, from its first byte */
#define KEEP_TIME   300000 /* ms without one */
#define LINGER_TIME 2000   /* ms for a client to read an answer and close */
#define SLACK_TIME  30000  /* ms more than the back waits for upstream */

/* What a step comes to: it is to be done again; there is nothing to do now; the connection is to be closed. */
enum step { AGAIN, WAIT, OVER };

static void
begin_head(struct client *c)
{
	wx_http1_begin(&c->head, false);
	c->phase = CLIENT_HEAD;
	c->since = c->have > 0 ? wx_clock_boot_ms() : 0;
	c->npiece = 0;
	c->ended = c->refused = c->answered = c->chunked = c->whole = c->close = false;
	c->body = (struct wx_http1_body){ .done = false };
	c->method[0] = c->path[0] = '\0';
	c->status = 0;
	c->word = NULL;
	c->up = c->down = 0;
	c->first = c->generation = 0;
	c->left = 0;
	usage_begin(&c->meter, SHAPE_TEXT, NULL);
}

void
client_open(struct client *c, int fd, size_t route)
{
	c->fd = fd;
	c->pair = -1;
	c->route = route;
	c->used = c->have = c->out_at = c->out_end = 0;
	c->gone = false;
	c->moved = wx_clock_boot_ms();
	begin_head(c);
}

void
client_close(struct service *s, struct client *c)
{
	if (c->phase == CLIENT_EXCHANGE)
		reply_log(s, c);
	usage_end(&c->meter);
	if (c->pair != -1)
		(void)close(c->pair);
	(void)close(c->fd);
	c->fd = c->pair = -1;
}

void
client_reject(const struct service *s, int fd, size_t route)
{
	struct answer a = answer_of("full");
	char out[ANSWER_MAX];
	size_t len = answer_write(out, &s->routes[route], &a, "wrapix: too many connections", false, true);

	/* A new socket has room for it. */
	(void)!write(fd, out, len);
	(void)close(fd);
}

/* What is in OUT to the client. */
static enum step
flush(struct client *c)
{
	ssize_t n;

	while (c->out_at < c->out_end) {
		n = write(c->fd, c->out + c->out_at, c->out_end - c->out_at);
		if (n == -1)
			return errno == EAGAIN || errno == EINTR ? WAIT : OVER;
		c->out_at += (size_t)n;
		c->moved = wx_clock_boot_ms();
	}
	c->out_at = c->out_end = 0;
	return AGAIN;
}

/* More of what the client sends, where there is room. */
static enum step
take(struct client *c)
{
	ssize_t n;

	if (c->used == c->have && c->npiece == 0 && c->phase != CLIENT_HEAD)
		c->used = c->have = 0;
	if (c->have == sizeof(c->in))
		return WAIT;
	n = read(c->fd, c->in + c->have, sizeof(c->in) - c->have);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? WAIT : OVER;
	if (n == 0)
		return OVER;
	c->have += (size_t)n;
	c->moved = wx_clock_boot_ms();
	return AGAIN;
}

/* --- a request */

static void
copy(char *out, size_t cap, const struct wx_http1 *h, struct wx_http1_span from)
{
	size_t n = from.len < cap - 1 ? from.len : cap - 1;

	memcpy(out, h->buf + from.at, n);
	out[n] = '\0';
}

static void
begin_request(struct service *s, struct client *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *word;

	copy(c->method, sizeof(c->method), &c->head, c->head.method);
	copy(c->path, sizeof(c->path), &c->head, c->head.form == WX_HTTP1_AUTHORITY ? c->head.authority : c->head.target);
	c->path[strcspn(c->path, "?")] = '\0';
	wx_http1_body_of_request(&c->body, &c->head);
	c->close = c->head.close;
	c->since = wx_clock_boot_ms();
	word = request_check(s, c);
	if (word == NULL && !request_send(s, c)) {
		if (c->pair != -1)
			(void)close(c->pair);
		c->pair = -1;
		word = "full";
	}
	if (word != NULL) {
		reply_own(s, c, word);
		return;
	}
	c->phase = CLIENT_EXCHANGE;
	if (!c->body.done && wx_http1_lists(&c->head, "expect", "100-continue") && c->have == c->used) {
		memcpy(c->out, go_on, sizeof(go_on) - 1);
		c->out_end = sizeof(go_on) - 1;
	}
}

static const char *
word_of_status(int status)
{
	return status == 414 ? "target-length" : status == 431 ? "head" : status == 505 ? "version" : "malformed";
}

static enum step
read_head(struct service *s, struct client *c)
{
	enum step step;
	ssize_t n = 0;

	if (c->have > 0) {
		n = wx_http1_head(&c->head, c->in, c->have);
		if (n > 0) {
			c->used = (size_t)n;
			begin_request(s, c);
			return AGAIN;
		}
		if (n == -1) {
			reply_own(s, c, word_of_status(c->head.status));
			return AGAIN;
		}
	}
	step = take(c);
	if (step == AGAIN && c->since == 0)
		c->since = wx_clock_boot_ms();
	return step;
}

/* --- the exchange */

/* The answer is whole, and sent. */
static enum step
end_exchange(struct service *s, struct client *c)
{
	reply_log(s, c);
	if (c->pair != -1 && !c->ended && !c->refused) {
		(void)close(c->pair);
		c->pair = -1;
	}
	if (c->close || !c->body.done || (!c->ended && !c->refused)) {
		(void)shutdown(c->fd, SHUT_WR);
		c->phase = CLIENT_LINGER;
		c->since = wx_clock_boot_ms();
		return AGAIN;
	}
	c->have -= c->used;
	memmove(c->in, c->in + c->used, c->have);
	c->used = 0;
	begin_head(c);
	return AGAIN;
}

/* The body, up. */
static enum step
move_up(struct service *s, struct client *c)
{
	const char *word;
	bool lost;

	if (c->ended || c->whole)
		return WAIT;
	word = request_body(s, c, &lost);
	if (word != NULL && c->answered)
		return OVER;
	if (word != NULL) {
		reply_own(s, c, word);
		return AGAIN;
	}
	/* What the back said before it went is still to be read. */
	return WAIT;
}

/* The answer, down. */
static enum step
move_down(struct service *s, struct client *c)
{
	int rc;

	if (c->whole)
		return end_exchange(s, c);
	rc = c->pair == -1 ? -1 : reply_next(s, c);
	if (rc == 0)
		return WAIT;
	c->moved = wx_clock_boot_ms();
	if (rc == 1)
		return AGAIN;
	if (c->answered)
		return OVER;
	if (c->pair != -1)
		(void)close(c->pair);
	c->pair = -1;
	reply_own(s, c, "cut");
	return AGAIN;
}

static enum step
exchange(struct service *s, struct client *c)
{
	enum step up = move_up(s, c), in = WAIT, down;

	if (up != WAIT)
		return up;
	down = move_down(s, c);
	if (down != WAIT || c->phase != CLIENT_EXCHANGE)
		return down;
	/* Its end means that nobody waits for the answer. */
	if (c->npiece == 0)
		in = take(c);
	return in;
}

static enum step
linger(struct client *c)
{
	enum step step;

	do {
		c->used = c->have = 0;
		c->npiece = 0;
		step = take(c);
	} while (step == AGAIN);
	return step;
}

void
client_move(struct service *s, struct client *c)
{
	enum step step;

	do {
		step = flush(c);
		if (step != AGAIN)
			break;
		if (c->phase == CLIENT_HEAD)
			step = read_head(s, c);
		else if (c->phase == CLIENT_EXCHANGE)
			step = exchange(s, c);
		else
			step = linger(c);
	} while (step == AGAIN);
	if (step == OVER)
		client_close(s, c);
}

void
client_tick(struct service *s, struct client *c, int64_t now)
{
	if (c->phase == CLIENT_HEAD && c->since > 0 && now - c->since > HEAD_TIME) {
		reply_own(s, c, "slow");
		client_move(s, c);
	} else if ((c->phase == CLIENT_HEAD && now - c->moved > KEEP_TIME) ||
	    (c->phase == CLIENT_LINGER && now - c->since > LINGER_TIME) ||
	    (c->phase == CLIENT_EXCHANGE && now - c->moved > (int64_t)s->routes[c->route].idle * 1000 + SLACK_TIME)) {
		client_close(s, c);
	}
}

bool
client_is_idle(const struct client *c)
{
	return c->phase == CLIENT_HEAD && c->have == 0;
}

short
client_events(const struct client *c)
{
	if (c->out_at < c->out_end)
		return POLLOUT;
	return c->phase == CLIENT_EXCHANGE && (c->npiece > 0 || c->have == sizeof(c->in)) ? 0 : POLLIN;
}

short
client_pair_events(const struct client *c)
{
	if (c->phase != CLIENT_EXCHANGE || c->out_at < c->out_end)
		return 0;
	return (short)(POLLIN | (c->npiece > 0 || (c->body.done && !c->ended) ? POLLOUT : 0));
}
