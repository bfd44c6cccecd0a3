/* SPDX-License-Identifier: MIT */
#include "pump.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/osfile.h"

bool
pump_open(struct pump *p, int a, int b)
{
	*p = (struct pump){ .fd = { a, b } };
	p->way[0].buf = malloc(PUMP_BUFFER);
	p->way[1].buf = malloc(PUMP_BUFFER);
	if (p->way[0].buf != NULL && p->way[1].buf != NULL)
		return true;
	free(p->way[0].buf);
	free(p->way[1].buf);
	return false;
}

void
pump_close(struct pump *p)
{
	int i;

	for (i = 0; i < 2; i++) {
		(void)close(p->fd[i]);
		free(p->way[i].buf);
	}
}

void
pump_wants(const struct pump *p, struct pollfd p2[static 2])
{
	int i;

	for (i = 0; i < 2; i++) {
		p2[i] = (struct pollfd){ .fd = p->fd[i] };
		if (p->way[i].len == 0 && !p->way[i].ended)
			p2[i].events |= POLLIN;
		if (p->way[1 - i].len > 0)
			p2[i].events |= POLLOUT;
		/* One that is through waits for the other: its hang-up would wake us for ever. */
		if (p2[i].events == 0)
			p2[i].fd = -1;
	}
}

/* Is that one of the failures that time mends? */
static bool
is_later(ssize_t n)
{
	return n == -1 && (errno == EAGAIN || errno == EINTR);
}

/* From FROM to TO by W. False: one of them has failed. */
static bool
move(struct pump_way *w, int from, int to)
{
	ssize_t n;

	if (w->len == 0 && !w->ended) {
		n = recv(from, w->buf, PUMP_BUFFER, MSG_DONTWAIT);
		if (n == -1 && !is_later(n))
			return false;
		w->ended = n == 0;
		w->at = 0;
		w->len = n > 0 ? (size_t)n : 0;
	}
	if (w->len > 0) {
		n = wx_send(to, w->buf + w->at, w->len);
		if (n == -1 && !is_later(n))
			return false;
		w->at += n > 0 ? (size_t)n : 0;
		w->len -= n > 0 ? (size_t)n : 0;
	}
	if (w->ended && w->len == 0 && !w->told) {
		w->told = true;
		(void)shutdown(to, SHUT_WR);
	}
	return true;
}

bool
pump_turn(struct pump *p)
{
	return move(&p->way[0], p->fd[0], p->fd[1]) && move(&p->way[1], p->fd[1], p->fd[0]) &&
	    !(p->way[0].told && p->way[1].told);
}
