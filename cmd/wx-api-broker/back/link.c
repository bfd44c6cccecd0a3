/* SPDX-License-Identifier: MIT */
#include "back.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "asked.h"
#include "frame/frame.h"
#include "route/route.h"

#include "libcommon/clock.h"
#include "libcommon/proc.h"
#include "libcommon/secretkind.h"

#define SECRET_WAIT 10000 /* ms for the first secret */
#define HOLD_401    3000  /* ms for a newer one */

static const struct route *routes;
static size_t              nroutes;
static struct used         used[ROUTES_MAX];

void
link_setup(const struct route *all, size_t n)
{
	routes = all;
	nroutes = n;
}

static struct used *
used_of(const struct link *l)
{
	return &used[l->route - routes];
}

/* End what is under way, and give the secret back. */
static void
drop_request(struct link *l)
{
	if (l->transfer != NULL)
		upstream_end(l->transfer);
	if (l->value != NULL)
		secret_leave(l->secret, l->value, l->generation);
	l->transfer = NULL;
	l->value = NULL;
}

void
link_close(struct link *l)
{
	drop_request(l);
	(void)close(l->fd);
	l->fd = -1;
}

/* The request is over; the next may come, after what the front has still to send of this one, or has sent. */
static void
rest(struct link *l)
{
	drop_request(l);
	l->state = l->length == FRAME_NONE || l->up_end ? LINK_IDLE : LINK_REST;
}

static void
refuse(struct link *l, const char *word)
{
	if (frame_send(l->fd, FRAME_REFUSED, NULL, 0, word, strlen(word)) == -1)
		link_close(l);
	else
		rest(l);
}

/* The front sends nothing like that. */
static void
distrust(struct link *l, const char *what)
{
	warnx("the front end %s: its connection is closed", what);
	link_close(l);
}

/* --- the answer */

static void
reset_answer(struct link *l)
{
	frame_begin(&l->head, FRAME_STATUS);
	l->code = 0;
	l->down_length = FRAME_UNKNOWN;
	l->down_chunked = false;
	l->reason[0] = '\0';
}

/* Is the value at S in the LEN bytes? That is the end of the route. */
static bool
reflected(struct link *l, size_t *state, const char *s, size_t len)
{
	FILE *fp;

	if (l->value == NULL || !secret_seen(l->value, state, s, len))
		return false;
	used_of(l)->closed = true;
	l->why = "reflected";
	fp = uses_begin();
	uses_text(fp, "route", l->route->name);
	uses_text(fp, "closed", "reflected");
	uses_end(fp);
	return true;
}

static bool
take_status(struct link *l, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	size_t i;

	reset_answer(l);
	if (space == NULL || len - (size_t)(space - line) < 4)
		return false;
	l->code = (int)strtol(space + 1, NULL, 10);
	space += 4;
	if (space < line + len && *space == ' ')
		(void)snprintf(l->reason, sizeof(l->reason), "%.*s", (int)(line + len - space - 1), space + 1);
	for (i = 0; l->reason[i] != '\0'; i++)
		if (l->reason[i] < 0x20 || l->reason[i] >= 0x7f)
			l->reason[i] = '?';
	return l->code >= 100 && l->code <= 599 && l->code != 101;
}

/* Of "https://host/x" the "/x", if it is of the route's own upstream. */
static const char *
own_location(const struct route *r, const char *value)
{
	size_t n = strlen(r->upstream);

	return strncasecmp(value, r->upstream, n) == 0 && value[n] == '/' && value[n + 1] != '/' ? value + n : value;
}

static bool
take_field(struct link *l, char *line)
{
	char *colon = strchr(line, ':'), *value = colon != NULL ? colon + 1 + strspn(colon + 1, " \t") : NULL;
	size_t len = colon != NULL ? (size_t)(colon - line) : 0;
	char whole[8192];

	if (len == 0)
		return false;
	/* As libcurl has it: chunks go before a length (RFC 9112, section 6.3). */
	l->down_chunked |= field_is(line, len, "transfer-encoding");
	if (field_is(line, len, "content-length"))
		l->down_length = strtoll(value, NULL, 10);
	if (!field_for_client(l->route, line, len))
		return true;
	if (field_is(line, len, "location"))
		value = (char *)(uintptr_t)own_location(l->route, value);
	if (snprintf(whole, sizeof(whole), "%.*s: %s", (int)len, line, value) >= (int)sizeof(whole) || field_name_length(whole) == 0)
		return false;
	frame_put_string(&l->head, whole, strlen(whole));
	return !l->head.bad && l->head.len < FRAME_MAX - 256;
}

static bool
on_line(void *who, const char *text, size_t len)
{
	struct link *l = who;
	size_t state = 0;
	char line[8192];

	while (len > 0 && (text[len - 1] == '\r' || text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	if (l->answered || len == 0)
		return true;
	l->why = "head-upstream";
	if (len >= sizeof(line) || memchr(text, '\0', len) != NULL || reflected(l, &state, text, len))
		return false;
	memcpy(line, text, len);
	line[len] = '\0';
	if (strncmp(line, "HTTP/", 5) == 0 ? !take_status(l, line, len) : !take_field(l, line))
		return false;
	l->why = NULL;
	return true;
}

/* False: there is no room now. */
static bool
send_status(struct link *l)
{
	static struct frame f;

	frame_begin(&f, FRAME_STATUS);
	frame_put_number(&f, l->code);
	frame_put_number(&f, l->down_chunked ? FRAME_UNKNOWN : l->down_length);
	frame_put_number(&f, l->value != NULL ? l->generation : 0);
	frame_put_string(&f, l->reason, strlen(l->reason));
	frame_put(&f, l->head.buf + 1, l->head.len - 1);
	if (frame_send(l->fd, FRAME_STATUS, NULL, 0, f.buf + 1, f.len - 1) == -1)
		return false;
	l->answered = true;
	return true;
}

/* Upstream does not know the secret: it may have been replaced, and who repeats the request is to have the new one. */
static bool
held(struct link *l)
{
	if (l->code != 401 || l->answered || l->held_over || l->value == NULL || l->secret->generation != l->generation)
		return false;
	if (l->deadline == 0)
		l->deadline = wx_clock_boot_ms() + HOLD_401;
	return true;
}

static ssize_t
wait_or_break(struct link *l)
{
	l->down_waits = errno == EAGAIN || errno == ENOBUFS;
	return l->down_waits ? UPSTREAM_WAIT : UPSTREAM_BREAK;
}

/* Bytes that may be the beginning of the secret stay here until it is known that they are not. */
static ssize_t
on_write(void *who, const char *buf, size_t len)
{
	struct link *l = who;
	size_t next = l->match, before, n;

	if (l->value != NULL && l->value->generation != l->generation)
		return UPSTREAM_BREAK;
	if (held(l)) {
		l->down_waits = true;
		return UPSTREAM_WAIT;
	}
	if (!l->answered && !send_status(l))
		return wait_or_break(l);
	if (reflected(l, &next, buf, len))
		return UPSTREAM_BREAK;
	n = l->match + len - next;
	before = n < l->match ? n : l->match;
	if (n > 0 && frame_send(l->fd, FRAME_DATA, before > 0 ? l->value->text : "", before, buf, n - before) == -1)
		return wait_or_break(l);
	l->match = next;
	used_of(l)->bytes += len;
	return 0;
}

/* What is left to be sent of a whole answer. */
static void
finish(struct link *l)
{
	l->down_waits = true;
	if (held(l))
		return;
	if (!l->answered && !send_status(l))
		return;
	if (l->match > 0 && frame_send(l->fd, FRAME_DATA, NULL, 0, l->value->text, l->match) == -1)
		return;
	l->match = 0;
	if (frame_send(l->fd, FRAME_END, NULL, 0, NULL, 0) == -1)
		return;
	l->down_waits = false;
	rest(l);
}

static void
on_done(void *who, const char *word)
{
	struct link *l = who;

	if (word == NULL && l->code >= 200) {
		l->state = LINK_FINISH;
		finish(l);
	} else if (l->answered) {
		link_close(l);
	} else {
		refuse(l, l->why != NULL ? l->why : word != NULL ? word : "cut");
	}
}

/* --- the request */

/* A frame of its body into the buffer: 1; 0: none is here; -1: what came is none. */
static int
receive_body(struct link *l)
{
	ssize_t n = frame_receive(l->fd, l->buf);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 1 && l->buf[0] == FRAME_END) {
		l->up_end = true;
		return l->length >= 0 && l->up != (uint64_t)l->length ? -1 : 1;
	}
	if (n < 2 || l->buf[0] != FRAME_DATA)
		return -1;
	l->up += (size_t)n - 1;
	l->up_at = 1;
	l->up_len = (size_t)n;
	used_of(l)->bytes += (size_t)n - 1;
	return (l->length >= 0 && l->up > (uint64_t)l->length) || l->up > l->route->body ? -1 : 1;
}

static ssize_t
on_read(void *who, char *buf, size_t cap)
{
	struct link *l = who;
	size_t n;
	int rc = 1;

	if (l->up_at == l->up_len && !l->up_end)
		rc = receive_body(l);
	if (rc == -1)
		return UPSTREAM_BREAK;
	if (rc == 0) {
		l->up_waits = true;
		return UPSTREAM_WAIT;
	}
	n = l->up_len - l->up_at < cap ? l->up_len - l->up_at : cap;
	memcpy(buf, l->buf + l->up_at, n);
	l->up_at += n;
	return (ssize_t)n;
}

const struct upstream_calls link_calls = { on_read, on_line, on_write, on_done };

static void
start(struct link *l)
{
	char line[SECRET_MAX + 2 * RULE_NAME + 8] = "";
	const struct auth *a = NULL;
	const char *why = NULL;

	l->deadline = 0;
	if (!l->open) {
		l->value = secret_use(l->secret);
		l->generation = l->value->generation;
		a = route_auth(l->route, wx_secret_kind(l->value->text));
		why = a == NULL ? "kind" : !asked_secret(l, a, line, sizeof(line)) ? "agent" : NULL;
	}
	if (why == NULL) {
		used_of(l)->requests++;
		l->transfer = upstream_begin(l->route, l->method, l->path, l->length, l->fields, l->nfields, l->open ? NULL : line, l);
		why = l->transfer == NULL ? "memory" : NULL;
	}
	wx_wipe(line, sizeof(line));
	l->state = LINK_RUN;
	if (why != NULL)
		refuse(l, why);
}

static void
begin(struct link *l, size_t len)
{
	const struct budget *b;
	struct used *u;
	const char *why;

	l->asked.len = len;
	l->asked.bad = false;
	why = asked_read(l, routes, nroutes);
	if (why != NULL) {
		distrust(l, why);
		return;
	}
	reset_answer(l);
	l->match = l->up_at = l->up_len = 0;
	l->up = 0;
	l->up_waits = l->up_end = l->down_waits = l->answered = l->held_over = false;
	l->why = NULL;
	l->secret = secret_of(l->route->secret);
	b = &l->route->budget;
	u = used_of(l);
	if (u->closed)
		refuse(l, "closed");
	else if (b->requests > 0 && u->requests >= b->requests)
		refuse(l, "budget-requests");
	else if (b->bytes > 0 && u->bytes >= b->bytes)
		refuse(l, "budget-bytes");
	else if (l->open || l->secret->now->len > 0)
		start(l);
	else {
		l->state = LINK_WAIT;
		l->deadline = wx_clock_boot_ms() + SECRET_WAIT;
	}
}

/* --- what happens */

/* The front's next frame, where no request is under way. */
static void
receive(struct link *l)
{
	ssize_t n = frame_receive(l->fd, l->asked.buf);
	char kind = n > 0 ? l->asked.buf[0] : '\0';

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		link_close(l);
	else if (l->state == LINK_IDLE && kind == FRAME_HEAD)
		begin(l, (size_t)n);
	else if (l->state == LINK_REST && kind == FRAME_END)
		l->state = LINK_IDLE;
	else if (l->state != LINK_REST || kind != FRAME_DATA)
		distrust(l, "sends what is no request");
}

void
link_input(struct link *l)
{
	if (l->state == LINK_RUN) {
		l->up_waits = false;
		upstream_resume(l->transfer, true, false);
	} else {
		receive(l);
	}
}

void
link_output(struct link *l)
{
	if (l->state == LINK_FINISH) {
		finish(l);
	} else if (l->state == LINK_RUN) {
		l->down_waits = false;
		upstream_resume(l->transfer, false, true);
	}
}

/* What was held goes on. */
static void
release(struct link *l)
{
	l->held_over = true;
	l->deadline = 0;
	link_output(l);
}

void
link_timeout(struct link *l)
{
	if (l->state == LINK_WAIT) {
		l->deadline = 0;
		refuse(l, "secret");
	} else {
		release(l);
	}
}

void
link_secret(struct link *l, const struct secret *s)
{
	if (l->secret != s)
		return;
	if (l->state == LINK_WAIT && s->now->len > 0)
		start(l);
	else if (l->state != LINK_WAIT && l->deadline != 0)
		release(l);
}

short
link_events(const struct link *l)
{
	if (l->state == LINK_IDLE || l->state == LINK_REST)
		return POLLIN;
	return (short)((l->state == LINK_RUN && l->up_waits ? POLLIN : 0) | (l->down_waits && l->deadline == 0 ? POLLOUT : 0));
}
