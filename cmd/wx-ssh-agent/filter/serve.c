/* SPDX-License-Identifier: MIT */
/*
 * One process for all clients, which never waits for one of them. A connection is at one of
 * five turns, and only then is its buffer written or read:
 *
 *   FROM_CLIENT -> TO_AGENT -> FROM_AGENT -> TO_CLIENT -> FROM_CLIENT ...
 *     |     `- a signature: ASKED, the gate is asked -> TO_AGENT, or a failure
 *     `------- not allowed: a failure ---------^
 *
 * What a client sends before it has its answer stays in the kernel.
 */
#include "filter.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "gate.h"
#include "judge.h"
#include "log.h"
#include "verify.h"

#include "libcommon/confine.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/sshagent.h"
#include "libcommon/sshwire.h"

#define CLIENTS_MAX 64 /* at once; one more takes the place of the one that is idle longest */
#define OTHER_FDS   16 /* of a process's descriptors, what is not clients' */

enum turn { FROM_CLIENT, ASKED, TO_AGENT, FROM_AGENT, TO_CLIENT };

struct link {
	size_t        moved; /* bytes of the message, head and all, at this turn */
	uint64_t      used;  /* when something moved last: a count, not a time */
	uint32_t      id;
	int           client, agent;
	enum turn     turn;
	struct bound  bound;
	bool          open;
	bool          list;  /* the agent's answer is a list of keys */
	unsigned char buf[WX_SSHAGENT_HEAD + WX_SSHAGENT_MAX];
};

static struct link links[CLIENTS_MAX];
static size_t links_max = CLIENTS_MAX;
static uint64_t now;
static const struct policy *policy;
static int gate = -1;

int
filter_listen(const char *path)
{
	return gate_socket(path, true);
}

/* What cannot be said is not said: of a refusal. */
static bool
tell(const struct link *l, enum channel_kind kind, const struct verdict *v)
{
	struct channel_msg m = { .kind = kind, .id = l->id };

	if (v != NULL)
		m.verdict = *v;
	return channel_send(gate, &m, NULL);
}

static void
link_close(struct link *l)
{
	if (l->turn == ASKED)
		(void)tell(l, CHANNEL_GONE, NULL);
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

static size_t
length(const struct link *l)
{
	return wx_sshwire_u32(l->buf);
}

/* Bytes of the message, head and all, or of the head as long as that is not here. */
static size_t
whole(const struct link *l)
{
	if (reading(l) && l->moved < WX_SSHAGENT_HEAD)
		return WX_SSHAGENT_HEAD;
	return WX_SSHAGENT_HEAD + length(l);
}

/* Our own answer, which is its kind alone. */
static void
reply(struct link *l, unsigned char kind)
{
	const unsigned char msg[] = { 0, 0, 0, 1, kind };

	memcpy(l->buf, msg, sizeof(msg));
	l->turn = TO_CLIENT;
}

/* The client's message is here. */
static void
take_request(struct link *l)
{
	struct verdict v = judge(policy, &l->bound, l->buf + WX_SSHAGENT_HEAD, length(l));

	l->list = v.use == USE_LIST;
	if (v.reason != REASON_ALLOWED) {
		(void)tell(l, CHANNEL_REFUSED, &v);
		reply(l, WX_SSHAGENT_FAILURE);
	} else if (v.use == USE_FILTERED) {
		reply(l, WX_SSHAGENT_SUCCESS);
	} else if (v.use != USE_LOGIN && v.use != USE_GIT) {
		l->turn = TO_AGENT;
	} else if (tell(l, CHANNEL_WANT, &v)) {
		l->turn = ASKED;
	} else {
		reply(l, WX_SSHAGENT_FAILURE);
	}
}

static void
shorten_list(struct link *l)
{
	static unsigned char out[WX_SSHAGENT_MAX];
	size_t i, n = judge_list(policy, l->buf + WX_SSHAGENT_HEAD, length(l), out);

	for (i = 0; i < WX_SSHAGENT_HEAD; i++)
		l->buf[i] = (unsigned char)(n >> (24 - 8 * i));
	memcpy(l->buf + WX_SSHAGENT_HEAD, out, n);
}

/* The message has moved to its last byte. */
static void
next_turn(struct link *l)
{
	l->moved = 0;
	switch (l->turn) {
	case FROM_CLIENT:
		take_request(l);
		break;
	case TO_AGENT:
		l->turn = FROM_AGENT;
		break;
	case FROM_AGENT:
		if (l->list)
			shorten_list(l);
		l->turn = TO_CLIENT;
		break;
	case TO_CLIENT:
	case ASKED:
	default:
		l->turn = FROM_CLIENT;
		break;
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
	if (l->moved < WX_SSHAGENT_HEAD)
		return true;
	/* What comes after a length like that has no beginning any more. */
	if (length(l) == 0 || length(l) > WX_SSHAGENT_MAX)
		return false;
	if (l->moved == whole(l))
		next_turn(l);
	return true;
}

/* A free one, or that which can be spared best: one for which the agent is not at work, and
 * of these the one that has been still for longest. */
static struct link *
spare(void)
{
	struct link *l, *best = NULL;

	for (l = links; l < links + links_max; l++) {
		if (!l->open)
			return l;
		if (best == NULL || (with_client(l) && !with_client(best)) ||
		    (with_client(l) == with_client(best) && l->used < best->used))
			best = l;
	}
	return best;
}

static void
take_client(uint32_t id, int fds[2])
{
	struct link *l = spare();

	if (fds[0] == -1 || fds[1] == -1)
		return;
	if (l->open)
		link_close(l);
	l->open = true;
	l->id = id;
	l->client = fds[0];
	l->agent = fds[1];
	l->turn = FROM_CLIENT;
	l->moved = 0;
	l->bound = (struct bound){ .held = false };
	l->used = ++now;
	if (!tell(l, CHANNEL_TAKEN, NULL))
		_exit(WX_CHAIN);
}

static void
take_answer(uint32_t id, enum reason why)
{
	struct link *l;

	for (l = links; l < links + links_max; l++) {
		if (!l->open || l->id != id || l->turn != ASKED)
			continue;
		if (why == REASON_ALLOWED)
			l->turn = TO_AGENT;
		else
			reply(l, WX_SSHAGENT_FAILURE);
	}
}

/* Of the end whose turn it is not only its hanging up is asked for. */
static void
ask(const struct link *l, struct pollfd p[static 2])
{
	short want = l->turn == ASKED ? 0 : reading(l) ? POLLIN : POLLOUT;

	p[0] = (struct pollfd){ .fd = l->client, .events = with_client(l) ? want : 0 };
	p[1] = (struct pollfd){ .fd = l->agent, .events = with_client(l) ? 0 : want };
}

static void
answer(struct link *l, const struct pollfd p[static 2])
{
	short mine = with_client(l) ? p[0].revents : p[1].revents;
	short other = with_client(l) ? p[1].revents : p[0].revents;

	if ((other & (POLLHUP | POLLERR | POLLNVAL)) != 0 || (mine != 0 && (l->turn == ASKED || !move(l))))
		link_close(l);
}

/* Whatever the gate has said. */
static void
hear(void)
{
	struct channel_msg m;
	int n, fds[2];

	while ((n = channel_receive(gate, &m, fds)) == 1) {
		if (m.kind == CHANNEL_CLIENT)
			take_client(m.id, fds);
		else
			take_answer(m.id, m.verdict.reason);
	}
	if (n == -1)
		_exit(WX_OK);
}

/* One look at all that is open, and at no more: poll(2) takes no more than there may be
 * descriptors. Nobody is taken before all have been looked at. */
static void
look(void)
{
	struct pollfd p[1 + 2 * CLIENTS_MAX] = { { .fd = gate, .events = POLLIN } };
	struct link *who[CLIENTS_MAX], *l;
	size_t i, n = 0;

	for (l = links; l < links + links_max; l++)
		if (l->open) {
			ask(l, &p[1 + 2 * n]);
			who[n++] = l;
		}
	if (poll(p, (nfds_t)(1 + 2 * n), -1) == -1)
		return;
	for (i = 0; i < n; i++)
		answer(who[i], &p[1 + 2 * i]);
	if (p[0].revents != 0)
		hear();
}

/* In a child. No more clients than it can have descriptors for. */
static _Noreturn void
become_filter(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < 2 * CLIENTS_MAX + OTHER_FDS)
		links_max = rl.rlim_cur < OTHER_FDS + 2 ? 1 : (size_t)(rl.rlim_cur - OTHER_FDS) / 2;
	if (!verify_begin())
		_exit(WX_CHAIN);
	wx_confine_parser(false);
	for (;;)
		look();
}

void
filter_serve(int listener, int stop, int log, const struct policy *p)
{
	struct gate g = { .listener = listener, .stop = stop, .policy = p };
	const int keep[] = { listener, stop, log };
	int pair[2];
	pid_t pid;

	policy = p;
	wx_proc_keep(keep, log == -1 ? 2 : 3);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 || fcntl(pair[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(pair[1], F_SETFD, FD_CLOEXEC) == -1 || (pid = fork()) == -1)
		_exit(WX_CHAIN);
	if (pid == 0) {
		gate = pair[1];
		wx_proc_keep(&gate, 1);
		become_filter();
	}
	(void)close(pair[1]);
	g.filter = pair[0];
	log_begin(log, p);
	/* Where nobody is asked it has no program to run either. */
	if (!p->ask)
		wx_confine_client(NULL);
	gate_serve(&g);
}
