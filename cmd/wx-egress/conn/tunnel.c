/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "conn.h"

#define CHUNK  65536
#define ROUNDS 16 /* of one connection in a turn: then the others have theirs; one where there is a limit */
#define POOL   8

/* Pipes with nothing in them: only a connection whose other side is slow keeps one of its own. */
static int pool[POOL][2];
static size_t pooled;

static bool
take_pipe(struct flow *f)
{
	if (f->pipe[0] != -1)
		return true;
	if (pooled > 0) {
		pooled--;
		f->pipe[0] = pool[pooled][0];
		f->pipe[1] = pool[pooled][1];
		return true;
	}
	return pipe2(f->pipe, O_CLOEXEC | O_NONBLOCK) == 0;
}

static void
give_pipe(struct flow *f)
{
	if (f->pipe[0] == -1)
		return;
	if (f->held == 0 && pooled < POOL) {
		pool[pooled][0] = f->pipe[0];
		pool[pooled++][1] = f->pipe[1];
	} else {
		(void)close(f->pipe[0]);
		(void)close(f->pipe[1]);
	}
	f->pipe[0] = f->pipe[1] = -1;
}

void
tunnel_free(struct conn *c)
{
	if (c->up.pipe[0] > 0 || c->down.pipe[0] > 0) {
		give_pipe(&c->up);
		give_pipe(&c->down);
	}
}

/* Has all that goes to the connection's entry, by whichever connection, passed its limit? */
static bool
is_over_limit(const struct conn *c)
{
	const struct conn *o;
	uint64_t sum;

	if (c->limit == UINT64_MAX)
		return false;
	sum = c->entry < sizeof(front.sent) / sizeof(*front.sent) ? front.sent[c->entry] : 0;
	for (o = front.conns; o < front.conns + CONNS; o++)
		if (o->state != STATE_FREE && o->dialed && o->entry == c->entry)
			sum += o->up.n;
	return sum > c->limit;
}

enum moved { MOVED, MOVED_STUCK, MOVED_BROKEN };

/* Out of the pipe, as much as TO takes. */
static enum moved
empty(struct flow *f, int to)
{
	ssize_t n;

	while (f->held > 0) {
		n = splice(f->pipe[0], NULL, to, NULL, f->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == -1 && errno == EAGAIN ? MOVED_STUCK : MOVED_BROKEN;
		f->held -= (size_t)n;
	}
	return MOVED;
}

/* Into the pipe, which is empty, as much as FROM has. */
static enum moved
fill(struct flow *f, int from)
{
	ssize_t n;

	if (!take_pipe(f))
		return errno == EMFILE || errno == ENFILE ? MOVED_STUCK : MOVED_BROKEN;
	do
		n = splice(from, NULL, f->pipe[1], NULL, CHUNK, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? MOVED_STUCK : MOVED_BROKEN;
	f->ended = n == 0;
	f->held = (size_t)n;
	f->n += (uint64_t)n;
	return MOVED;
}

/* False: one of both sides is broken. */
static bool
move(struct flow *f, int from, int to, unsigned rounds)
{
	enum moved m = MOVED;
	unsigned i;

	for (i = 0; i < rounds; i++) {
		m = empty(f, to);
		if (m != MOVED || f->ended)
			break;
		m = fill(f, from);
		if (m != MOVED)
			break;
	}
	if (f->held == 0)
		give_pipe(f);
	if (m != MOVED_BROKEN && f->ended && f->held == 0 && !f->shut) {
		(void)shutdown(to, SHUT_WR);
		f->shut = true;
	}
	return m != MOVED_BROKEN;
}

/* What comes first out of IN; it was read of the client before there was a server. */
static bool
send_first(struct conn *c)
{
	size_t before = c->in.len;
	bool good = buf_send(&c->in, c->server);

	c->up.n += before - c->in.len;
	return good;
}

static void
refuse_tunnel(struct conn *c, enum tongue t, enum reason r, const char *seen)
{
	c->tongue = t;
	(void)close(c->server);
	c->server = -1;
	buf_free(&c->in);
	conn_refuse_log(c, r, seen);
}

static void
check_tls(struct conn *c)
{
	char name[WX_HOSTNAME_MAX], own[WX_HOSTNAME_MAX];
	enum hello h = hello_read(c->in.p + c->in.off, c->in.len, front.ech_deny, name);

	if (h == HELLO_MORE)
		return;
	if (h == HELLO_NOT_TLS) {
		refuse_tunnel(c, TONGUE_NONE, REASON_PROTOCOL, "");
		return;
	}
	if (h != HELLO_GOOD || wx_hostname(c->host, strlen(c->host), own) == -1 || strcmp(own, name) != 0) {
		refuse_tunnel(c, TONGUE_TLS, REASON_SNI, name);
		return;
	}
	c->check = CHECK_NONE;
	c->deadline = 0;
}

/* On the way to the server nothing passes before it is known for what belongs there. */
static void
check_first(struct conn *c)
{
	ssize_t n = conn_read(c);
	int ssh;

	if (n == -1)
		c->up.ended = true;
	if (c->in.len > 0 && c->check == CHECK_SNIFF) {
		c->check = c->in.p[c->in.off] == 0x16 ? CHECK_TLS : CHECK_NONE;
		c->deadline = front.now + HEAD_MS;
	}
	if (c->in.len > 0 && c->check == CHECK_SSH) {
		ssh = ssh_read(c->in.p + c->in.off, c->in.len);
		if (ssh == -1) {
			refuse_tunnel(c, TONGUE_NONE, REASON_PROTOCOL, "");
			return;
		}
		if (ssh == 1)
			c->check = CHECK_NONE;
	} else if (c->in.len > 0 && c->check == CHECK_TLS) {
		check_tls(c);
		if (c->state != STATE_TUNNEL)
			return;
	}
	/* Said only a part, and nothing more comes. */
	if (c->up.ended && c->check != CHECK_NONE && c->in.len > 0)
		conn_reset(c);
	else if (c->up.ended || c->check == CHECK_NONE) {
		c->check = CHECK_NONE;
		c->deadline = 0;
	}
}

static bool
move_up(struct conn *c)
{
	if (c->check != CHECK_NONE)
		return true;
	if (!send_first(c))
		return false;
	return c->in.len > 0 || move(&c->up, c->client, c->server, c->limit == UINT64_MAX ? ROUNDS : 1);
}

static bool
move_down(struct conn *c)
{
	if (!buf_send(&c->out, c->client))
		return false;
	return c->out.len > 0 || move(&c->down, c->server, c->client, ROUNDS);
}

/* Of many connections that send at once each would go over the limit by what it moves in a turn. */
bool
tunnel_stopped(struct conn *c)
{
	if (!is_over_limit(c))
		return false;
	c->tongue = TONGUE_NONE;
	conn_refuse_log(c, REASON_UP, "");
	return true;
}

void
tunnel_step(struct conn *c)
{
	if (c->check != CHECK_NONE && c->client_poll != NULL && c->client_poll->revents != 0)
		check_first(c);
	if (c->state != STATE_TUNNEL || tunnel_stopped(c))
		return;
	if (!move_up(c) || !move_down(c)) {
		conn_reset(c);
		return;
	}
	if (!tunnel_stopped(c) && c->up.shut && c->down.shut)
		conn_end(c);
}

short
tunnel_wants(const struct conn *c, bool client)
{
	const struct flow *in = client ? &c->up : &c->down, *out = client ? &c->down : &c->up;
	bool first_out = client ? c->out.len > 0 : c->in.len > 0 && c->check == CHECK_NONE;
	short events = 0;

	if (!in->ended && in->held == 0 && !(client ? c->in.len > 0 && c->check == CHECK_NONE : c->out.len > 0))
		events |= POLLIN;
	if (out->held > 0 || first_out)
		events |= POLLOUT;
	return events;
}

void
tunnel_begin(struct conn *c, enum check check)
{
	c->check = check;
	conn_set(c, STATE_TUNNEL, check == CHECK_TLS ? HEAD_MS : 0);
	/* Bytes that came behind the request are here already. */
	if (check != CHECK_NONE && c->in.len > 0)
		check_first(c);
	if (c->state == STATE_TUNNEL)
		tunnel_step(c);
}
