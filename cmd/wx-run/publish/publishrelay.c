/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "publish.h"

#define BUFFER (64 << 10)
#define ROUNDS 8             /* reads of one direction before the others have their turn */
#define CLOSE_SECONDS 5.0    /* for a server to take what it was sent, after both ends have closed */
#define END_SECONDS 1.0      /* the same for those outside, when the sandbox has ended */
#define LOOK_MS 20           /* from one look at closing sockets to the next */

/* One direction of a connection. */
struct flow {
	int    from, to;
	size_t done, len;        /* of BUF */
	bool   eof, shut;        /* of FROM; and TO was told */
	char   buf[BUFFER];
};

enum pumped { FINE, BAD_READ, BAD_WRITE };
enum state { FREE, DIALLING, OPEN, CLOSING };

struct link {
	enum state state;
	int      outer, inner;   /* the host's socket; the namespace's that is in use */
	int      four, six;      /* of these the one for IPv4, and the one for IPv6 or -1 */
	unsigned port;
	bool     broken;         /* INNER was reset: what it sent before is still to be read */
	double   until;          /* CLOSING */
	struct flow in, out;
};

static struct {
	struct link *v;          /* PUBLISH_LINKS */
	int     listeners[2 * PUBLISH_MAX], n;
	unsigned ports[2 * PUBLISH_MAX];
	bool    ending, full;    /* FULL: no descriptor is left for another connection */
	double  until;           /* ENDING */
} relay;

/* ---- sockets */

/* For sockets of TCP, Linux takes this as: be new again (connect(2)). What is connected is reset. */
static void
renew(int fd)
{
	static const struct sockaddr none = { .sa_family = AF_UNSPEC };

	(void)connect(fd, &none, sizeof(none));
}

static bool
is_closed(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1 || info.tcpi_state == TCP_CLOSE;
}

static void
reset(int fd)
{
	static const struct linger at_once = { .l_onoff = 1 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(fd);
}

static void
abort_link(struct link *l)
{
	reset(l->outer);
	renew(l->inner);
	l->state = FREE;
}

/* Both directions are done. Nothing inside is cut short: INNER is used again once it is closed. */
static void
close_link(struct link *l)
{
	(void)close(l->outer);
	l->state = CLOSING;
	l->until = wx_clock_seconds() + CLOSE_SECONDS;
}

static void
look_at_closing(struct link *l)
{
	if (!is_closed(l->inner) && wx_clock_seconds() < l->until)
		return;
	renew(l->inner);
	l->state = FREE;
}

/* ---- a connection begins */

static int
connect_inside(int fd, bool six, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((in_port_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons((in_port_t)port),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	return six ? connect(fd, (const struct sockaddr *)&a6, sizeof(a6)) :
	    connect(fd, (const struct sockaddr *)&a, sizeof(a));
}

/* To 127.0.0.1, or, where nothing listens there, to ::1, which many a server takes for localhost alone. */
static void
dial(struct link *l)
{
	if (connect_inside(l->inner, l->inner == l->six, l->port) == 0 || errno == EINPROGRESS)
		return;
	renew(l->inner);
	if (l->inner == l->six || l->six == -1) {
		reset(l->outer);
		l->state = FREE;
		return;
	}
	l->inner = l->six;
	dial(l);
}

/* A port without a server can be chosen by the kernel for the other end, which is then connected to itself. */
static bool
is_own(const struct link *l)
{
	union { struct sockaddr_in four; struct sockaddr_in6 six; } a = { 0 };
	socklen_t len = sizeof(a);

	/* The port is at the same place in both. */
	return getsockname(l->inner, (struct sockaddr *)&a, &len) == 0 && ntohs(a.four.sin_port) == l->port;
}

static void
on_dialled(struct link *l)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(l->inner, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0 && !is_own(l)) {
		l->state = OPEN;
		l->in.from = l->out.to = l->outer;
		l->in.to = l->out.from = l->inner;
	} else if (l->inner == l->four && l->six != -1) {
		renew(l->inner);
		l->inner = l->six;
		dial(l);
	} else {
		abort_link(l);
	}
}

static void
begin_flow(struct flow *f)
{
	f->done = f->len = 0;
	f->eof = f->shut = false;
}

/* One that waits at the listener K, to L, which is free. */
static void
accept_one(struct link *l, int k)
{
	l->outer = accept4(relay.listeners[k], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	relay.full = l->outer == -1 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM);
	if (l->outer == -1)
		return;
	begin_flow(&l->in);
	begin_flow(&l->out);
	l->broken = false;
	l->state = DIALLING;
	l->port = relay.ports[k];
	l->inner = l->four;
	dial(l);
}

/* ---- bytes */

static bool
not_now(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static enum pumped
empty(struct flow *f)
{
	ssize_t n;

	while (f->done < f->len) {
		n = write(f->to, f->buf + f->done, f->len - f->done);
		if (n == -1)
			return not_now() ? FINE : BAD_WRITE;
		f->done += (size_t)n;
	}
	f->done = f->len = 0;
	if (f->eof && !f->shut) {
		(void)shutdown(f->to, SHUT_WR);
		f->shut = true;
	}
	return FINE;
}

static enum pumped
pump(struct flow *f)
{
	enum pumped rc = empty(f);
	ssize_t n;
	int i;

	for (i = 0; rc == FINE && f->len == 0 && !f->eof && i < ROUNDS; i++) {
		n = read(f->from, f->buf, sizeof(f->buf));
		if (n == -1)
			return not_now() ? FINE : BAD_READ;
		f->eof = n == 0;
		f->len = (size_t)n;
		rc = empty(f);
	}
	return rc;
}

/* OUTER and INNER: what poll(2) said of them. */
static void
carry(struct link *l, short outer, short inner)
{
	enum pumped rc;

	if ((outer & POLLERR) != 0) {
		abort_link(l);
		return;
	}
	l->broken |= (inner & POLLERR) != 0;
	rc = l->broken ? FINE : pump(&l->in);
	if (rc == BAD_READ) {
		abort_link(l);
		return;
	}
	l->broken |= rc == BAD_WRITE;
	rc = pump(&l->out);
	if (rc == BAD_READ)
		l->broken = l->out.eof = true;
	if (rc == BAD_WRITE || (l->broken && l->out.eof && l->out.len == 0))
		abort_link(l);
	else if (l->in.shut && l->out.shut)
		close_link(l);
}

/* A socket of which nothing is wanted is still watched for a reset, unless it would only say that both of its ends are
 * closed, or again that it was reset. */
static void
want(const struct link *l, struct pollfd outer[static 1], struct pollfd inner[static 1])
{
	*outer = (struct pollfd){ .fd = l->outer };
	*inner = (struct pollfd){ .fd = l->inner };
	if (l->state == DIALLING) {
		inner->events = POLLOUT;
		return;
	}
	outer->events = (short)((l->in.len == 0 && !l->in.eof && !l->broken ? POLLIN : 0) | (l->out.len > 0 ? POLLOUT : 0));
	inner->events = (short)((l->out.len == 0 && !l->out.eof ? POLLIN : 0) | (l->in.len > 0 && !l->broken ? POLLOUT : 0));
	if (outer->events == 0 && l->out.shut)
		outer->fd = -1;
	if (inner->events == 0 && (l->in.shut || l->broken))
		inner->fd = -1;
}

/* ---- all of them */

static struct link *
find_free(void)
{
	int i;

	for (i = 0; i < PUBLISH_LINKS; i++)
		if (relay.v[i].state == FREE)
			return &relay.v[i];
	return NULL;
}

/* Nothing new comes, and what was sent inside nobody reads any more. */
static void
begin_end(void)
{
	relay.ending = true;
	relay.until = wx_clock_seconds() + END_SECONDS;
	while (relay.n > 0)
		(void)close(relay.listeners[--relay.n]);
}

static bool
over(void)
{
	int i;

	for (i = 0; i < PUBLISH_LINKS; i++)
		if (relay.v[i].state == OPEN && !relay.v[i].out.shut)
			return wx_clock_seconds() >= relay.until;
	return true;
}

/* Links that poll(2) has at 2 I and 2 I + 1 of PFD. */
static void
serve(const struct pollfd pfd[])
{
	struct link *l;
	int i;

	for (i = 0; i < PUBLISH_LINKS; i++) {
		l = &relay.v[i];
		if (l->state == CLOSING)
			look_at_closing(l);
		else if (l->state == DIALLING && (pfd[2 * i].revents & (POLLERR | POLLHUP)) != 0)
			abort_link(l);
		else if (l->state == DIALLING && pfd[2 * i + 1].revents != 0)
			on_dialled(l);
		else if (l->state == OPEN && (pfd[2 * i].revents | pfd[2 * i + 1].revents) != 0)
			carry(l, pfd[2 * i].revents, pfd[2 * i + 1].revents);
	}
}

static void
one_round(void)
{
	struct pollfd pfd[1 + 2 * PUBLISH_MAX + 2 * PUBLISH_LINKS], *links = pfd + 1 + 2 * PUBLISH_MAX;
	int i, rc, wait = relay.full || relay.ending ? LOOK_MS : -1;
	struct link *l = find_free();

	pfd[0] = (struct pollfd){ .fd = relay.ending ? -1 : STDIN_FILENO, .events = POLLIN };
	for (i = 0; i < 2 * PUBLISH_MAX; i++)
		pfd[1 + i] = (struct pollfd){ .fd = i < relay.n && l != NULL && !relay.full ? relay.listeners[i] : -1,
		    .events = POLLIN };
	for (i = 0; i < PUBLISH_LINKS; i++) {
		links[2 * i].fd = links[2 * i + 1].fd = -1;
		if (relay.v[i].state == CLOSING)
			wait = LOOK_MS;
		else if (relay.v[i].state != FREE)
			want(&relay.v[i], &links[2 * i], &links[2 * i + 1]);
		links[2 * i].revents = links[2 * i + 1].revents = 0;
	}
	relay.full = false;
	rc = poll(pfd, sizeof(pfd) / sizeof(*pfd), wait);
	if (rc == -1)
		return;
	serve(links);
	for (i = 0; i < relay.n; i++)
		if (pfd[1 + i].revents != 0 && (l = find_free()) != NULL)
			accept_one(l, i);
	if (pfd[0].revents != 0)
		begin_end();
}

/* By the words of the command line. False: they are not publish_start's. */
static bool
take(int argc, char *argv[])
{
	socklen_t len = sizeof(int);
	uint64_t count, port;
	int i, type;

	if (argc < 4 || argc > 3 + 2 * PUBLISH_MAX || !parse_count(argv[2], 2 * PUBLISH_LINKS, &count) ||
	    count % PUBLISH_LINKS != 0)
		return false;
	for (i = 0; i < PUBLISH_LINKS; i++) {
		relay.v[i].four = PUBLISH_FIRST + i;
		relay.v[i].six = count > PUBLISH_LINKS ? PUBLISH_FIRST + PUBLISH_LINKS + i : -1;
	}
	for (i = 3; i < argc && parse_count(argv[i], 65535, &port); i++) {
		relay.listeners[relay.n] = PUBLISH_FIRST + (int)count + relay.n;
		relay.ports[relay.n++] = (unsigned)port;
	}
	return i == argc && getsockopt(relay.listeners[relay.n - 1], SOL_SOCKET, SO_TYPE, &type, &len) == 0;
}

_Noreturn void
publish_main(int argc, char *argv[])
{
	int on = 1, i;

	relay.v = calloc(PUBLISH_LINKS, sizeof(*relay.v));
	if (relay.v == NULL || !take(argc, argv))
		errx(WX_CHAIN, "%s is for published ports, which wx-run runs itself", PUBLISH_WORD);
	for (i = PUBLISH_FIRST; i < relay.listeners[0]; i++)
		(void)setsockopt(i, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)signal(SIGPIPE, SIG_IGN);
	publish_confine(PUBLISH_FIRST, relay.listeners[0]);
	while (!relay.ending || !over())
		one_round();
	_exit(WX_OK);
}
