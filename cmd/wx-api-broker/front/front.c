/* SPDX-License-Identifier: MIT */
#include "front.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "frame/frame.h"

#include "libcommon/clock.h"
#include "libcommon/confine.h"
#include "libcommon/exitcode.h"

#define CLIENTS_MAX 64
#define TICK        1000 /* ms */
#define AT_ONCE     16   /* new ones at a turn */

static struct client clients[CLIENTS_MAX];

/* Where in the array of poll(2) what begins. */
enum { CONTROL, LISTENERS, CLIENTS = LISTENERS + LISTENERS_MAX, FDS = CLIENTS + 2 * CLIENTS_MAX };

/* A free place; or that of the one that is still for longest, of those that nobody would miss; NULL: there is none. */
static struct client *
place(struct service *s)
{
	struct client *c, *best = NULL;

	for (c = clients; c < clients + CLIENTS_MAX; c++) {
		if (c->fd == -1)
			return c;
		if (client_is_idle(c) && (best == NULL || c->moved < best->moved))
			best = c;
	}
	if (best != NULL)
		client_close(s, best);
	return best;
}

/* One that waits; false: none does. */
static bool
take_client(struct service *s, const struct listener *l)
{
	const struct timespec wait = { 0, 50000000L };
	int fd = accept(l->fd, NULL, NULL), on = 1;
	struct client *c;

	if (fd == -1) {
		/* No descriptor is left: not to turn round at once. */
		if (errno == EMFILE || errno == ENFILE)
			(void)nanosleep(&wait, NULL);
		return false;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1) {
		(void)close(fd);
		return true;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c = place(s);
	if (c == NULL) {
		client_reject(s, fd, l->route);
		return true;
	}
	client_open(c, fd, l->route);
	client_move(s, c);
	return true;
}

/* What there is to wait for; the number of clients. */
static size_t
ask(const struct service *s, const struct listener *l, size_t n, struct pollfd p[static FDS])
{
	size_t i, open = 0;
	short events;

	p[CONTROL] = (struct pollfd){ .fd = s->control, .events = POLLIN };
	for (i = 0; i < LISTENERS_MAX; i++)
		p[LISTENERS + i] = (struct pollfd){ .fd = i < n ? l[i].fd : -1, .events = POLLIN };
	for (i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &clients[i];

		p[CLIENTS + 2 * i] = (struct pollfd){ .fd = c->fd, .events = c->fd == -1 ? 0 : client_events(c) };
		events = c->fd == -1 ? 0 : client_pair_events(c);
		/* One that has hung up is not to wake us as long as we cannot read it. */
		p[CLIENTS + 2 * i + 1] = (struct pollfd){ .fd = events != 0 ? c->pair : -1, .events = events };
		open += c->fd != -1;
	}
	return open;
}

static void
serve_client(struct service *s, struct client *c, const struct pollfd p[static 2], int64_t now)
{
	if (c->fd == -1)
		return;
	if ((p[0].revents & (POLLERR | POLLNVAL)) != 0 || (p[0].events == 0 && (p[0].revents & POLLHUP) != 0))
		client_close(s, c);
	else if (p[0].revents != 0 || p[1].revents != 0)
		client_move(s, c);
	if (c->fd != -1)
		client_tick(s, c, now);
}

/* False: the back is gone. */
static bool
look(struct service *s, const struct listener *l, size_t n)
{
	struct pollfd p[FDS];
	size_t open = ask(s, l, n, p), i, k;
	int64_t now;

	if (poll(p, FDS, open > 0 ? TICK : -1) == -1)
		return errno == EINTR || errno == EAGAIN;
	if (p[CONTROL].revents != 0)
		return false;
	now = wx_clock_boot_ms();
	for (i = 0; i < CLIENTS_MAX; i++)
		serve_client(s, &clients[i], &p[CLIENTS + 2 * i], now);
	for (i = 0; i < n; i++)
		for (k = 0; k < AT_ONCE && p[LISTENERS + i].revents != 0 && take_client(s, &l[i]); k++)
			;
	return true;
}

void
front_serve(struct service *s, const struct listener *listeners, size_t n)
{
	struct client *c;

	for (c = clients; c < clients + CLIENTS_MAX; c++)
		c->fd = -1;
	wx_confine_parser(true);
	if (write(s->control, "", 1) != 1)
		_exit(WX_FAIL);
	while (look(s, listeners, n))
		;
	_exit(WX_OK);
}
