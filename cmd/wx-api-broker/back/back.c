/* SPDX-License-Identifier: MIT */
#include "back.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "frame/frame.h"
#include "libcommon/clock.h"

#define IDLE_WAIT 60000 /* ms */

static struct link links[LINKS_MAX];

/* What is not a link's. */
enum { STOP, CONTROL, INPUT, ENDS };

/* A line of the log, and who waits for it goes on. */
static void
on_secret(struct secret *s)
{
	FILE *fp = uses_begin();
	struct link *l;

	uses_text(fp, "secret", s->name);
	uses_number(fp, "generation", s->generation);
	if (s->now->len == 0)
		(void)fputs(",\"withdrawn\":true", fp);
	uses_end(fp);
	for (l = links; l < links + LINKS_MAX; l++)
		if (l->fd != -1)
			link_secret(l, s);
}

/* False: the front is gone. */
static bool
take_link(int control)
{
	struct link *l = links;
	bool end;
	int fd = frame_take(control, &end);

	while (l < links + LINKS_MAX && l->fd != -1)
		l++;
	if (fd != -1 && l < links + LINKS_MAX) {
		l->fd = fd;
		l->state = LINK_IDLE;
		l->transfer = NULL;
		l->value = NULL;
		l->secret = NULL;
		l->deadline = 0;
	} else if (fd != -1) {
		(void)close(fd);
	}
	return !end;
}

/* Until the first of the links' times is over. */
static int
next_timeout(void)
{
	int64_t now = wx_clock_boot_ms(), wait = IDLE_WAIT;
	const struct link *l;

	for (l = links; l < links + LINKS_MAX; l++)
		if (l->fd != -1 && l->deadline != 0 && l->deadline - now < wait)
			wait = l->deadline > now ? l->deadline - now : 0;
	return (int)wait;
}

static void
serve_link(struct link *l, const struct pollfd *p, int64_t now)
{
	/* The front has closed it: whatever it was, nobody waits for it. */
	if ((p->revents & (POLLHUP | POLLERR)) != 0) {
		link_close(l);
		return;
	}
	if ((p->revents & POLLIN) != 0)
		link_input(l);
	if (l->fd != -1 && (p->revents & POLLOUT) != 0)
		link_output(l);
	if (l->fd != -1 && l->deadline != 0 && now >= l->deadline)
		link_timeout(l);
}

static int input = STDIN_FILENO;   /* where secrets come, or -1 */

/* What is next: more of the same; the end, as STOP wants it; that the front is gone. */
enum next { MORE, END, LOST };

static enum next
look(int control, int stop)
{
	struct pollfd p[ENDS + LINKS_MAX] = {
		[STOP] = { .fd = stop, .events = POLLIN }, [CONTROL] = { .fd = control, .events = POLLIN },
		[INPUT] = { .fd = input, .events = POLLIN },
	};
	struct link *who[LINKS_MAX], *l;
	size_t i, n = 0;

	for (l = links; l < links + LINKS_MAX; l++)
		if (l->fd != -1) {
			p[ENDS + n] = (struct pollfd){ .fd = l->fd, .events = link_events(l) };
			who[n++] = l;
		}
	upstream_poll(p, ENDS + n, next_timeout());
	/* That one leaves out who has hung up, and may have closed some. */
	for (i = 0; i < n; i++)
		p[ENDS + i].fd = who[i]->fd;
	if (poll(p, (nfds_t)(ENDS + n), 0) == -1)
		return errno == EINTR || errno == EAGAIN ? MORE : LOST;
	for (i = 0; i < n; i++)
		if (who[i]->fd != -1)
			serve_link(who[i], &p[ENDS + i], wx_clock_boot_ms());
	if (p[INPUT].revents != 0 && !secret_read(on_secret))
		input = -1;
	if (p[CONTROL].revents != 0 && !take_link(control))
		return LOST;
	return p[STOP].revents == 0 ? MORE : END;
}

bool
back_begin(const struct route *routes, size_t nroutes)
{
	struct pollfd p = { .fd = input, .events = POLLIN };
	struct link *l;

	for (l = links; l < links + LINKS_MAX; l++)
		l->fd = -1;
	link_setup(routes, nroutes);
	if (poll(&p, 1, 0) == 1 && !secret_read(on_secret))
		input = -1;
	return !secret_refused();
}

bool
back_serve(int control, int stop)
{
	enum next next;
	struct link *l;

	while ((next = look(control, stop)) == MORE)
		;
	for (l = links; l < links + LINKS_MAX; l++)
		if (l->fd != -1)
			link_close(l);
	return next == END;
}
