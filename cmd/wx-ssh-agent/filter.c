/* SPDX-License-Identifier: MIT */
/*
 * One process for all clients, which never waits for one of them. A connection is at one of
 * four turns, and only then is its buffer written or read:
 *
 *   FROM_CLIENT -> TO_AGENT -> FROM_AGENT -> TO_CLIENT -> FROM_CLIENT ...
 *        `-------- not allowed: a failure ------^
 *
 * What a client sends before it has its answer stays in the kernel.
 */
#include "filter.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

#define CLIENTS_MAX 64 /* at once; one more takes the place of the one that is idle longest */
#define BACKLOG     64
#define FULL_WAIT   100 /* ms, where no descriptor is to be had */

enum turn { FROM_CLIENT, TO_AGENT, FROM_AGENT, TO_CLIENT };

struct link {
	bool          open;
	int           client, agent;
	enum turn     turn;
	size_t        moved; /* bytes of the message, head and all, at this turn */
	uint64_t      used;  /* when something moved last: a count, not a time */
	unsigned char buf[MESSAGE_HEAD + MESSAGE_MAX];
};

/* What is not a client's. */
enum { ENDS = 3 };

struct ends {
	int         stop;     /* closed when it is over */
	int         watch;    /* a connection to the agent, to see its end: then it is over too */
	int         listener;
	const char *agent;
};

static struct link links[CLIENTS_MAX];
static uint64_t now;

static bool
set_flags(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 && fcntl(fd, F_SETFL, O_NONBLOCK) != -1;
}

static int
unix_socket(const char *path, struct sockaddr_un *at)
{
	int fd;

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at->sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd != -1 && !set_flags(fd)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
filter_listen(const char *path)
{
	struct sockaddr_un at;
	int bound, fd = unix_socket(path, &at);
	mode_t old;

	if (fd == -1)
		return -1;
	old = umask(0177);
	bound = bind(fd, (struct sockaddr *)&at, sizeof(at));
	(void)umask(old);
	if (bound == -1 || listen(fd, BACKLOG) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int
connect_to(const char *agent)
{
	struct sockaddr_un at;
	int fd = unix_socket(agent, &at);

	if (fd != -1 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void
link_close(struct link *l)
{
	(void)close(l->client);
	(void)close(l->agent);
	l->open = false;
}

static bool
with_client(const struct link *l)
{
	return l->turn == FROM_CLIENT || l->turn == TO_CLIENT;
}

static bool
reading(const struct link *l)
{
	return l->turn == FROM_CLIENT || l->turn == FROM_AGENT;
}

/* Bytes of the message, head and all, or of the head as long as that is not here. */
static size_t
whole(const struct link *l)
{
	if (reading(l) && l->moved < MESSAGE_HEAD)
		return MESSAGE_HEAD;
	return MESSAGE_HEAD + message_length(l->buf);
}

/* The message has moved to its last byte. */
static void
next_turn(struct link *l)
{
	static const unsigned char failure[MESSAGE_FAILURE_LEN] = MESSAGE_FAILURE;

	l->moved = 0;
	if (l->turn != FROM_CLIENT) {
		l->turn = l->turn == TO_CLIENT ? FROM_CLIENT : l->turn + 1;
	} else if (message_allowed(l->buf + MESSAGE_HEAD, message_length(l->buf))) {
		l->turn = TO_AGENT;
	} else {
		memcpy(l->buf, failure, sizeof(failure));
		l->turn = TO_CLIENT;
	}
}

/* As much as can be without waiting, of one message at the most; false: this one is done. */
static bool
move(struct link *l)
{
	int fd = with_client(l) ? l->client : l->agent;
	size_t n = whole(l) - l->moved;
	ssize_t done;

	done = reading(l) ? read(fd, l->buf + l->moved, n) : write(fd, l->buf + l->moved, n);
	if (done == -1)
		return errno == EAGAIN || errno == EINTR;
	if (done == 0)
		return false;
	l->moved += (size_t)done;
	l->used = ++now;
	if (l->moved < MESSAGE_HEAD)
		return true;
	/* What comes after a length like that has no beginning any more. */
	if (message_length(l->buf) == 0 || message_length(l->buf) > MESSAGE_MAX)
		return false;
	if (l->moved == whole(l))
		next_turn(l);
	return true;
}

/* A free one, or that which can be spared best: one for which the agent is not at work, and
 * of these the one that has been still for longest. NULL: none is open, and none is free
 * (USED: no matter whether one is). */
static struct link *
spare(bool used)
{
	struct link *l, *best = NULL;

	for (l = links; l < links + CLIENTS_MAX; l++) {
		if (!l->open && !used)
			return l;
		if (l->open && (best == NULL || (with_client(l) && !with_client(best)) ||
		    (with_client(l) == with_client(best) && l->used < best->used)))
			best = l;
	}
	return best;
}

/* No descriptor is left: the next one who connects gets those of another. */
static void
make_room(void)
{
	const struct timespec wait = { 0, FULL_WAIT * 1000000L };
	struct link *l = spare(true);

	if (l != NULL)
		link_close(l);
	else
		(void)nanosleep(&wait, NULL);
}

static void
take_client(int listener, const char *agent)
{
	int up, fd = accept(listener, NULL, NULL);
	struct link *l;

	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			make_room();
		return;
	}
	if (!set_flags(fd) || !wx_proc_peer_is_own(fd)) {
		(void)close(fd);
		return;
	}
	up = connect_to(agent);
	if (up == -1) {
		if (errno == EMFILE || errno == ENFILE)
			make_room();
		(void)close(fd);
		return;
	}
	l = spare(false);
	if (l->open)
		link_close(l);
	l->open = true;
	l->client = fd;
	l->agent = up;
	l->turn = FROM_CLIENT;
	l->moved = 0;
	l->used = ++now;
}

/* Of the end whose turn it is not only its hanging up is asked for. */
static void
ask(const struct link *l, struct pollfd p[static 2])
{
	short want = reading(l) ? POLLIN : POLLOUT;

	p[0] = (struct pollfd){ .fd = l->client, .events = with_client(l) ? want : 0 };
	p[1] = (struct pollfd){ .fd = l->agent, .events = with_client(l) ? 0 : want };
}

static void
answer(struct link *l, const struct pollfd p[static 2])
{
	short mine = with_client(l) ? p[0].revents : p[1].revents;
	short other = with_client(l) ? p[1].revents : p[0].revents;

	if ((other & (POLLHUP | POLLERR | POLLNVAL)) != 0 || (mine != 0 && !move(l)))
		link_close(l);
}

/* One look at all that is open, and at no more: poll(2) takes no more than there may be
 * descriptors. Nobody is taken before all have been looked at. */
static void
look(const struct ends *e)
{
	struct pollfd p[ENDS + 2 * CLIENTS_MAX] = {
		{ .fd = e->stop, .events = POLLIN }, { .fd = e->watch, .events = POLLIN },
		{ .fd = e->listener, .events = POLLIN }
	};
	struct link *who[CLIENTS_MAX], *l;
	size_t i, n = 0;

	for (l = links; l < links + CLIENTS_MAX; l++)
		if (l->open) {
			ask(l, &p[ENDS + 2 * n]);
			who[n++] = l;
		}
	if (poll(p, (nfds_t)(ENDS + 2 * n), -1) == -1)
		return;
	if (p[0].revents != 0 || p[1].revents != 0)
		_exit(WX_OK);
	for (i = 0; i < n; i++)
		answer(who[i], &p[ENDS + 2 * i]);
	if (p[2].revents != 0)
		take_client(e->listener, e->agent);
}

void
filter_serve(int listener, const char *agent, int stop)
{
	struct ends e = { .stop = stop, .watch = connect_to(agent), .listener = listener, .agent = agent };

	while (e.watch != -1)
		look(&e);
	_exit(WX_CHAIN);
}
