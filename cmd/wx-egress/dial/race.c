/* SPDX-License-Identifier: MIT */
#include "race.h"
#include "libcommon/clock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define HEAD_START 250 /* ms */
#define KEEPALIVE  60  /* s */

struct race {
	struct pollfd fds[RACE_MAX];  /* -1: over */
	size_t        index[RACE_MAX];
	size_t        n;
	int           error;          /* that of which most is learnt */
};

/* A host that refuses is there: that is worth more than one of which nothing is heard. */
static void
failed(struct race *r, int error)
{
	if (r->error != ECONNREFUSED)
		r->error = error;
}

static void
start(struct race *r, const struct address *a, size_t i)
{
	int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd == -1) {
		failed(r, errno);
		return;
	}
	if (connect(fd, (const struct sockaddr *)&a->addr, a->len) == -1 && errno != EINPROGRESS) {
		failed(r, errno);
		(void)close(fd);
		return;
	}
	r->fds[r->n] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	r->index[r->n++] = i;
}

static size_t
running(const struct race *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += r->fds[i].fd != -1;
	return n;
}

/* The first that is connected, or -1. */
static int
winner_of(struct race *r, size_t *winner)
{
	socklen_t len = sizeof(int);
	int error, fd;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->fds[i].fd == -1 || r->fds[i].revents == 0)
			continue;
		fd = r->fds[i].fd;
		error = 0;
		r->fds[i].fd = -1;
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0) {
			*winner = r->index[i];
			return fd;
		}
		failed(r, error);
		(void)close(fd);
	}
	return -1;
}

static void
set_up(int fd)
{
	int on = 1, idle = KEEPALIVE;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
}

static enum reason
reason_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case ECONNRESET:
		return REASON_REFUSED;
	case 0:
	case ETIMEDOUT:
		return REASON_TIMEOUT;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return REASON_INTERNAL;
	default:
		return REASON_UNREACHABLE;
	}
}

int
race_connect(const struct address a[], size_t n, int ms, size_t *winner, enum reason *why)
{
	int64_t end = wx_clock_ms() + ms, next = 0, now;
	struct race r = { .n = 0 };
	size_t i, begun = 0;
	int fd = -1, wait;

	for (;;) {
		now = wx_clock_ms();
		if (begun < n && (now >= next || running(&r) == 0)) {
			start(&r, &a[begun], begun);
			begun++;
			next = now + HEAD_START;
			continue;
		}
		if (now >= end || (begun == n && running(&r) == 0))
			break;
		wait = (int)((begun < n && next < end ? next : end) - now);
		if (poll(r.fds, r.n, wait) > 0 && (fd = winner_of(&r, winner)) != -1)
			break;
	}
	for (i = 0; i < r.n; i++)
		if (r.fds[i].fd != -1)
			(void)close(r.fds[i].fd);
	if (fd == -1)
		*why = running(&r) > 0 ? REASON_TIMEOUT : reason_of(r.error);
	else
		set_up(fd);
	return fd;
}
