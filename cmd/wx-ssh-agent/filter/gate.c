/* SPDX-License-Identifier: MIT */
/*
 * The gate reads nothing that a client sends. It hands each connection, and one to the agent, to the filter, which
 * asks it before each signature: it counts, has the user asked, and writes the line.
 */
#include "gate.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ask.h"
#include "channel.h"
#include "log.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

#define BACKLOG   64
#define FULL_WAIT 100 /* ms, where no descriptor is to be had */
#define BUSY_WAIT 20  /* ms, TRIES times, where the agent is busy */
#define TRIES     100
#define LOOK_MS   1000000
#define QUEUE     64  /* a client asks for one signature at a time */
#define NOES      3   /* in a row: then nothing is asked any more */

/* Who waits for the user, the first of them is asked about. */
static struct channel_msg queue[QUEUE];
static size_t waiting;
static int asking = -1; /* the descriptor of the answer */

static unsigned let_through, noes;
static int64_t ends; /* by wx_clock_ms; 0: never */
static bool handing; /* a client was handed over, and is not taken yet */
static uint32_t last_id;

int
gate_socket(const char *path, bool listen_there)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int error, done, fd = socket(AF_UNIX, SOCK_STREAM, 0);
	mode_t old;

	if (fd == -1)
		return -1;
	if (strlen(path) >= sizeof(at.sun_path)) {
		(void)close(fd);
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	done = fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ? -1 : 0;
	old = umask(0177);
	if (done == 0 && listen_there)
		done = bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ? -1 : listen(fd, BACKLOG);
	else if (done == 0)
		done = connect(fd, (struct sockaddr *)&at, sizeof(at));
	(void)umask(old);
	if (done == 0)
		return fd;
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}

static _Noreturn void
end(void)
{
	ask_cut();
	(void)log_due(true);
	_exit(WX_OK);
}

static void
pause_ms(long ms)
{
	const struct timespec wait = { 0, ms * 1000000L };

	(void)nanosleep(&wait, NULL);
}

/* A connection to the agent, which may have more who wait than it has room for (connect(2), EAGAIN). -1 with errno. */
static int
connect_agent(const struct gate *g)
{
	int fd, tries;

	for (tries = 0; (fd = gate_socket(g->policy->agent, false)) == -1 && errno == EAGAIN && tries < TRIES; tries++)
		pause_ms(BUSY_WAIT);
	return fd;
}

static void
take_client(const struct gate *g)
{
	struct channel_msg m = { .kind = CHANNEL_CLIENT };
	int fds[2];

	fds[0] = accept(g->listener, NULL, NULL);
	if (fds[0] == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			pause_ms(FULL_WAIT);
		return;
	}
	if (fcntl(fds[0], F_SETFD, FD_CLOEXEC) != -1 && fcntl(fds[0], F_SETFL, O_NONBLOCK) != -1 &&
	    wx_proc_peer_is_own(fds[0])) {
		fds[1] = connect_agent(g);
		m.id = ++last_id;
		handing = fds[1] != -1 && channel_send(g->filter, &m, fds);
		if (fds[1] != -1)
			(void)close(fds[1]);
	}
	(void)close(fds[0]);
}

/* Tell the filter; where that cannot be told, it has ended. */
static void
answer(const struct gate *g, const struct channel_msg *m, enum reason why)
{
	struct channel_msg say = { .kind = CHANNEL_ANSWER, .id = m->id, .verdict = m->verdict };

	if (why == REASON_ALLOWED && !log_allowed(&m->verdict))
		why = REASON_LIMIT;
	say.verdict.reason = why;
	if (why == REASON_ALLOWED)
		let_through++;
	else
		log_refused(&say.verdict);
	if (!channel_send(g->filter, &say, NULL))
		end();
}

static enum reason
limited(const struct gate *g)
{
	if (noes == NOES)
		return REASON_DENIED;
	return let_through >= g->policy->signatures ? REASON_LIMIT : REASON_ALLOWED;
}

/* The one who was asked about, who has its answer or waits no more. */
static void
drop_first(void)
{
	asking = -1;
	memmove(queue, queue + 1, --waiting * sizeof(queue[0]));
}

/* Ask about the first of those who wait, as far as there is anything to ask. */
static void
ask_next(const struct gate *g)
{
	enum reason why;

	while (waiting > 0 && asking == -1) {
		why = limited(g);
		if (why == REASON_ALLOWED) {
			asking = ask_begin(g->policy, &queue[0].verdict);
			if (asking != -1)
				return;
			why = REASON_DENIED;
		}
		answer(g, &queue[0], why);
		drop_first();
	}
}

static void
asked(const struct gate *g, bool yes)
{
	noes = yes ? 0 : noes + 1;
	answer(g, &queue[0], yes ? limited(g) : REASON_DENIED);
	drop_first();
	ask_next(g);
}

static void
want(const struct gate *g, const struct channel_msg *m)
{
	if (!g->policy->ask) {
		answer(g, m, limited(g));
	} else if (waiting == QUEUE) {
		answer(g, m, REASON_LIMIT);
	} else {
		queue[waiting++] = *m;
		ask_next(g);
	}
}

static void
gone(const struct gate *g, uint32_t id)
{
	size_t i;

	for (i = 0; i < waiting && queue[i].id != id; i++)
		;
	if (i == waiting)
		return;
	if (i == 0 && asking != -1) {
		ask_cut();
		drop_first();
		ask_next(g);
	} else {
		memmove(queue + i, queue + i + 1, (--waiting - i) * sizeof(queue[0]));
	}
}

static void
hear(const struct gate *g)
{
	struct channel_msg m;
	int n = channel_receive(g->filter, &m, NULL);

	if (n == -1)
		end();
	if (n == 0)
		return;
	switch (m.kind) {
	case CHANNEL_TAKEN:
		handing = false;
		break;
	case CHANNEL_WANT:
		want(g, &m);
		break;
	case CHANNEL_REFUSED:
		log_refused(&m.verdict);
		break;
	case CHANNEL_GONE:
		gone(g, m.id);
		break;
	case CHANNEL_CLIENT:
	case CHANNEL_ANSWER:
	default:
		end();
	}
}

/* The sooner of two times in ms, of which -1 is never. */
static int64_t
sooner(int64_t a, int64_t b)
{
	return a == -1 || (b != -1 && b < a) ? b : a;
}

/* ms until something is to be done, or -1. */
static int
left(void)
{
	int64_t life = ends == 0 ? -1 : ends - wx_clock_ms(), ms = sooner(log_due(false), ask_left());

	if (ends != 0)
		ms = sooner(ms, life < 0 ? 0 : life < LOOK_MS ? life : LOOK_MS);
	return (int)ms;
}

static void
look(const struct gate *g, int watch)
{
	struct pollfd p[] = {
		{ .fd = g->stop, .events = POLLIN }, { .fd = watch, .events = POLLIN },
		{ .fd = g->filter, .events = POLLIN }, { .fd = asking, .events = POLLIN },
		{ .fd = handing ? -1 : g->listener, .events = POLLIN },
	};
	bool yes;

	if (poll(p, sizeof(p) / sizeof(p[0]), left()) == -1)
		return;
	if (p[0].revents != 0 || p[1].revents != 0 || (ends != 0 && wx_clock_ms() >= ends))
		end();
	if (ask_left() == 0) {
		ask_cut();
		asked(g, false);
	} else if (p[3].revents != 0 && ask_end(&yes)) {
		asked(g, yes);
	}
	if (p[2].revents != 0)
		hear(g);
	if (p[4].revents != 0)
		take_client(g);
}

void
gate_serve(struct gate *g)
{
	int watch = g->policy->watch ? gate_socket(g->policy->agent, false) : -1;

	if (g->policy->watch && watch == -1)
		_exit(WX_CHAIN);
	if (g->policy->seconds != 0)
		ends = wx_clock_ms() + (int64_t)g->policy->seconds * 1000;
	for (;;)
		look(g, watch);
}
