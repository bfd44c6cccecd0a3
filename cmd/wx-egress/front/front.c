/* SPDX-License-Identifier: MIT */
#include "front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "conn/conn.h"
#include "libcommon/clock.h"
#include "libcommon/confine.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

#define STOP_MS     2000
#define ACCEPTS     32 /* in a turn, of one gate */
#define POLLS       (3 + 128 + 2 * CONNS)

static int64_t stop_at;

static void
step(struct conn *c)
{
	/* An answer that is not out yet; these states make no other. */
	if ((c->state == STATE_GREETING || c->state == STATE_REQUEST || c->state == STATE_HEAD) && !buf_send(&c->out, c->client)) {
		conn_end(c);
		return;
	}
	switch (c->state) {
	case STATE_FIRST:
	case STATE_GREETING:
	case STATE_REQUEST:
	case STATE_HELLO:
		first_step(c);
		break;
	case STATE_HEAD:
		http_head_step(c);
		break;
	case STATE_TUNNEL:
		tunnel_step(c);
		break;
	case STATE_HTTP:
		http_step(c);
		break;
	case STATE_DNS:
		dnsio_step(c);
		break;
	case STATE_FINISH:
		conn_finish_step(c);
		break;
	case STATE_DIAL:
	case STATE_ASK:
		/* Whoever hung up wants nothing any more; what has been said stays in its socket. */
		if (c->client_poll != NULL && (c->client_poll->revents & (POLLHUP | POLLERR)) != 0)
			conn_end(c);
		break;
	case STATE_FREE:
		break;
	}
}

static short
wants(const struct conn *c, bool client)
{
	switch (c->state) {
	case STATE_TUNNEL:
		return tunnel_wants(c, client);
	case STATE_HTTP:
		return http_wants(c, client);
	case STATE_FINISH:
		return client ? (short)(c->out.len > 0 ? POLLOUT : POLLIN) : 0;
	case STATE_DIAL:
	case STATE_ASK:
	case STATE_FREE:
		return 0;
	case STATE_FIRST:
	case STATE_GREETING:
	case STATE_REQUEST:
	case STATE_HEAD:
	case STATE_HELLO:
	case STATE_DNS:
	default:
		return client ? (short)(POLLIN | (c->out.len > 0 ? POLLOUT : 0)) : 0;
	}
}

/* When all places are taken, the one that has not said what it wants for longest makes room: a
 * flood of such costs nobody the network who speaks. */
static bool
make_room(void)
{
	struct conn *c, *old = NULL;

	if (front.n < front.most)
		return true;
	for (c = front.conns; c < front.conns + CONNS; c++)
		if ((c->state == STATE_FIRST || c->state == STATE_GREETING || c->state == STATE_REQUEST || c->state == STATE_HEAD ||
		    c->state == STATE_HELLO || c->state == STATE_DNS || c->state == STATE_FINISH) && (old == NULL || c->since < old->since))
			old = c;
	if (old == NULL)
		return false;
	conn_reset(old);
	return true;
}

static void
accept_one(const struct gate *g, int fd)
{
	struct linger at_once = { .l_onoff = 1 };
	struct conn *c;
	int on = 1;

	if (!make_room()) {
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		(void)close(fd);
		return;
	}
	for (c = front.conns; c->state != STATE_FREE; c++)
		;
	*c = (struct conn){ .client = fd, .server = -1, .channel = -1, .since = front.now, .entry = UINT32_MAX,
		.limit = UINT64_MAX, .up = { .pipe = { -1, -1 } }, .down = { .pipe = { -1, -1 } } };
	front.n++;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	first_begin(c, g);
	if (c->state != STATE_FREE)
		step(c);
}

static void
gate_step(const struct gate *g)
{
	int fd, i;

	if (g->way == WAY_DNS_UDP) {
		dnsio_datagrams(g->fd);
		return;
	}
	for (i = 0; i < ACCEPTS; i++) {
		fd = accept4(g->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd == -1)
			return;
		accept_one(g, fd);
	}
}

static void
append(char **text, const struct link_order *o)
{
	size_t old = *text == NULL ? 0 : strlen(*text);
	char *more = realloc(*text, old + o->len + 1);

	if (more == NULL)
		_exit(WX_TEMP);
	memcpy(more + old, o->text, o->len);
	more[old + o->len] = '\0';
	*text = more;
}

static void
configure(const struct link_order *o)
{
	front.ech_deny = o->ech_deny;
	front.ask = o->ask;
	front.most = o->number > 0 && o->number < CONNS ? o->number : CONNS;
	front.synth = synth_make(o->range, o->range_bits);
	if (front.synth == NULL)
		_exit(WX_TEMP);
}

/* A text that begins anew drops what was there. */
static void
take_text(char **text, const struct link_order *o)
{
	static char *open_text;

	if (open_text == NULL && *text != NULL) {
		free(*text);
		*text = NULL;
	}
	append(text, o);
	open_text = o->last ? NULL : *text;
}

static void
stop(void)
{
	struct conn *c;

	front.stopping = true;
	stop_at = front.now + STOP_MS;
	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state != STATE_FREE && c->state != STATE_TUNNEL && c->state != STATE_HTTP && c->state != STATE_FINISH)
			conn_reset(c);
}

static void
say_ready(void)
{
	static struct link_event e;

	front.ready = true;
	e = (struct link_event){ .kind = EVENT_READY };
	(void)link_send(front.orders, &e, sizeof(e), -1, true);
}

/* Does the text, a host or "*." and what is behind it, cover that of C? The client wrote it, perhaps "Example.ORG.". */
static bool
covers(const struct link_order *o, const struct conn *c)
{
	bool wildcard = o->len > 2 && o->text[0] == '*';
	size_t h = o->len - wildcard, n = strlen(c->host);
	unsigned char addr[16];
	char name[WX_HOSTNAME_MAX];
	int family;

	if (wx_hostname(c->host, n, name) == -1 && !wx_hostname_literal(c->host, n, &family, addr, name))
		return false;
	n = strlen(name);
	return n >= h && (wildcard || n == h) && memcmp(name + n - h, o->text + wildcard, h) == 0;
}

/* The connections of an entry; or those to the hosts that a text covers. */
static void
end_granted(const struct link_order *o)
{
	struct conn *c;

	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state != STATE_FREE && c->dialed && (o->len == 0 ? c->entry == o->number : covers(o, c)))
			conn_reset(c);
}

static void
obey(const struct link_order *o, int pass)
{
	unsigned char addr[4];
	char name[WX_HOSTNAME_MAX];

	switch ((enum order_kind)o->kind) {
	case ORDER_CONFIG:
		configure(o);
		break;
	case ORDER_NAME:
		if (wx_hostname(o->text, o->len, name) == 0)
			(void)synth_address(front.synth, name, front.now / 1000, true, addr);
		break;
	case ORDER_WORDS:
		take_text(&front.words, o);
		break;
	case ORDER_JSON:
		take_text(&front.json, o);
		break;
	case ORDER_DIALERS:
		dialing_switch(pass);
		if (!front.ready)
			say_ready();
		break;
	case ORDER_STOP:
		stop();
		break;
	case ORDER_REVOKE:
		end_granted(o);
		break;
	case ORDER_LOST:
		dialing_lost(o->number);
		break;
	case ORDER_REPLY:
		dialing_reply(o->number, o->yes);
		break;
	}
}

static void
take_orders(void)
{
	static struct link_order o;
	ssize_t n;
	int pass;

	for (;;) {
		n = link_recv(front.orders, &o, sizeof(o), &pass, false);
		if (n == 0 || (n == -1 && errno != EAGAIN))
			_exit(WX_FAIL);
		if (n == -1)
			return;
		obey(&o, pass);
	}
}

static struct pollfd *
add_poll(struct pollfd p[], nfds_t *n, int fd, short events)
{
	p[*n] = (struct pollfd){ .fd = fd, .events = events };
	return &p[(*n)++];
}

/* The nearest deadline; ms from now, or -1. */
static int
wait_ms(void)
{
	int64_t next = stop_at;
	const struct conn *c;

	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state != STATE_FREE && c->deadline != 0 && (next == 0 || c->deadline < next))
			next = c->deadline;
	if (next == 0)
		return -1;
	return next <= front.now ? 0 : (int)(next - front.now);
}

static void
on_deadline(struct conn *c)
{
	switch (c->state) {
	case STATE_DIAL:
		conn_refuse_log(c, REASON_TIMEOUT, "");
		break;
	case STATE_ASK:
		dialing_reply(c->id, false);
		break;
	case STATE_HEAD:
		/* A connection that is kept for a next request, and of which nothing comes, just ends. */
		if (c->in.len > 0)
			refuse_http(c, 408, "no whole head of a request within 10 s");
		else
			conn_end(c);
		break;
	case STATE_FINISH:
	case STATE_DNS:
		conn_end(c);
		break;
	case STATE_FREE:
	case STATE_FIRST:
	case STATE_GREETING:
	case STATE_REQUEST:
	case STATE_HELLO:
	case STATE_TUNNEL:
	case STATE_HTTP:
	default:
		conn_reset(c);
		break;
	}
}

static void
deadlines(void)
{
	struct conn *c;

	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state != STATE_FREE && c->deadline != 0 && c->deadline <= front.now)
			on_deadline(c);
	if (front.stopping && (front.n == 0 || front.now >= stop_at))
		_exit(WX_OK);
}

static nfds_t
gather(struct pollfd p[])
{
	struct conn *c;
	nfds_t n = 0;
	size_t i;
	short events;

	(void)add_poll(p, &n, front.orders, POLLIN);
	(void)add_poll(p, &n, front.channel, (short)(POLLIN | (front.asks_full ? POLLOUT : 0)));
	(void)add_poll(p, &n, front.old, POLLIN);
	for (i = 0; i < front.ngates; i++)
		(void)add_poll(p, &n, front.ready && !front.stopping ? front.gates[i].fd : -1, POLLIN);
	for (c = front.conns; c < front.conns + CONNS; c++) {
		c->client_poll = c->server_poll = NULL;
		if (c->state == STATE_FREE)
			continue;
		/* One of which nothing is wanted is left out: broken, it would wake us for ever. */
		events = wants(c, true);
		if (events != 0 || c->state == STATE_DIAL || c->state == STATE_ASK)
			c->client_poll = add_poll(p, &n, c->client, events);
		events = wants(c, false);
		if (c->server != -1 && events != 0)
			c->server_poll = add_poll(p, &n, c->server, events);
	}
	return n;
}

static bool
woken(const struct conn *c)
{
	return (c->client_poll != NULL && c->client_poll->revents != 0) ||
	    (c->server_poll != NULL && c->server_poll->revents != 0);
}

static void
turn(void)
{
	static struct pollfd p[POLLS];
	struct conn *c;
	nfds_t n = gather(p);
	size_t i;

	if (poll(p, n, wait_ms()) == -1 && errno != EINTR)
		_exit(WX_FAIL);
	front.now = wx_clock_ms();
	if (p[0].revents != 0)
		take_orders();
	if (p[1].revents != 0)
		dialing_answer(&front.channel);
	if (p[2].revents != 0)
		dialing_answer(&front.old);
	for (c = front.conns; c < front.conns + CONNS; c++)
		if (c->state != STATE_FREE && woken(c))
			step(c);
	for (i = 0; i < front.ngates; i++)
		if (p[3 + i].revents != 0)
			gate_step(&front.gates[i]);
	dialing_flush();
	deadlines();
}

_Noreturn void
front_serve(const struct gate gates[], size_t n, int orders)
{
	struct rlimit files;
	size_t i;

	front.gates = gates;
	front.ngates = n;
	front.orders = orders;
	for (i = 0; i < CONNS; i++)
		front.conns[i].client = front.conns[i].server = -1;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	/* The supervisor stops us. */
	(void)signal(SIGTERM, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	wx_confine_parser(false);
	front.now = wx_clock_ms();
	for (;;)
		turn();
}
