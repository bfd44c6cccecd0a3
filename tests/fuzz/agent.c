/* SPDX-License-Identifier: MIT */
/*
 * What a client sends, through the filter to an agent of ours: that one sees only what it may,
 * each message whole, and the client has one answer for each, in their order.
 */
#include <assert.h>
#include <stdint.h>

#include "cmd/wx-ssh-agent/message.c"

#include "cmd/wx-ssh-agent/filter.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASKED_MAX (64 << 10)

static size_t
length_at(const unsigned char *p)
{
	return (size_t)p[0] * 16777216 + (size_t)p[1] * 65536 + (size_t)p[2] * 256 + p[3];
}

/* By another way than the filter's: from the end. */
static bool
may(const unsigned char *m, size_t len)
{
	static const unsigned char bind[] = "\x1b\0\0\0\x18session-bind@openssh.com", query[] = "\x1b\0\0\0\x05query";
	size_t at = 1, strings = 0;

	if (m[0] == 11)
		return len == 1;
	if (m[0] == 27 && len == sizeof(query) - 1)
		return memcmp(m, query, len) == 0;
	if (m[0] == 27 && (len < sizeof(bind) - 1 || memcmp(m, bind, sizeof(bind) - 1) != 0))
		return false;
	if (m[0] != 13 && m[0] != 27)
		return false;
	for (; len - at >= 4 && strings < (m[0] == 13 ? 2 : 4); strings++) {
		if (length_at(m + at) > len - at - 4)
			return false;
		at += 4 + length_at(m + at);
	}
	return strings == (m[0] == 13 ? 2 : 4) && len - at == (m[0] == 13 ? 4 : 1);
}

/* The agent's end: whole messages are answered by their kind. */
static void
be_agent(int fd)
{
	static unsigned char got[ASKED_MAX];
	static size_t have;
	unsigned char say[6] = { 0, 0, 0, 2, 100, 0 };
	ssize_t n;

	if (fd == -1) {
		have = 0;
		return;
	}
	n = read(fd, got + have, sizeof(got) - have);
	have += n > 0 ? (size_t)n : 0;
	if (have < 4 || have < 4 + length_at(got))
		return;
	assert(have == 4 + length_at(got)); /* the next comes after the answer */
	assert(may(got + 4, have - 4));
	say[5] = got[4];
	assert(write(fd, say, sizeof(say)) == sizeof(say));
	have = 0;
}

static bool
ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) == 1;
}

/* What the client has heard. It reads as it goes: many small answers that nobody reads fill a socket. */
static unsigned char heard[ASKED_MAX * 2];
static size_t nheard;

static void
hear(int fd)
{
	ssize_t n = read(fd, heard + nheard, sizeof(heard) - nheard);

	nheard += n > 0 ? (size_t)n : 0;
}

/* The answers that the client heard to the SIZE bytes that it sent, and no more; was it to be let go? */
static bool
check_answers(const unsigned char *p, size_t size)
{
	const unsigned char *a = heard, *end = heard + nheard;
	bool gone = false;
	size_t len;

	for (; size >= 4; p += 4 + len, size -= 4 + len) {
		len = length_at(p);
		gone = len == 0 || len > 262144;
		if (gone || len > size - 4)
			break;
		assert(end - a >= 5 && a[0] == 0 && a[1] == 0 && a[2] == 0);
		if (!may(p + 4, len)) {
			assert(a[3] == 1 && a[4] == 5);
			a += 5;
			continue;
		}
		assert(end - a >= 6 && a[3] == 2 && a[4] == 100 && a[5] == p[4]);
		a += 6;
	}
	assert(a == end);
	return gone;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link *l = &links[0];
	int client[2], agent[2];
	size_t sent = 0, cut = size == 0 ? 1 : data[0] % 9 + 1;
	bool alive = true;

	if (size > ASKED_MAX / 2)
		return 0;
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, client) == 0);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, agent) == 0);
	l->open = true;
	l->client = client[1];
	l->agent = agent[1];
	l->turn = FROM_CLIENT;
	l->moved = 0;
	nheard = 0;
	be_agent(-1);
	/* The first pieces small, so that heads come in parts, and then all. */
	while (alive && (sent < size || ready(with_client(l) ? l->client : l->agent, reading(l) ? POLLIN : POLLOUT))) {
		size_t n = sent > 64 || cut > size - sent ? size - sent : cut;

		assert(n == 0 || write(client[0], data + sent, n) == (ssize_t)n);
		sent += n;
		while (alive && ready(with_client(l) ? l->client : l->agent, reading(l) ? POLLIN : POLLOUT)) {
			alive = move(l);
			be_agent(agent[0]);
			hear(client[0]);
		}
	}
	hear(client[0]);
	assert(check_answers(data, sent) == !alive);
	link_close(l);
	(void)close(client[0]);
	(void)close(agent[0]);
	return 0;
}
