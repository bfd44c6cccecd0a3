/* SPDX-License-Identifier: MIT */
/* PKGS: libcrypto */
/*
 * What a client sends, through the filter to an agent and a gate of ours: the agent sees only what the policy lets
 * through, each message whole, what the gate denies not at all, and the client has one answer for each, in their order.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/wx-ssh-agent/filter/channel.c"

#include "cmd/wx-ssh-agent/filter/policy.c"

#include "cmd/wx-ssh-agent/filter/verify.c"

#include "cmd/wx-ssh-agent/filter/judge.c"

#include "cmd/wx-ssh-agent/filter/serve.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASKED_MAX (64 << 10)

/* That of the gate's which the filter is linked with, and which nothing here calls. */
int
gate_socket(const char *path, bool listen_there)
{
	(void)path;
	(void)listen_there;
	return -1;
}

void
gate_serve(struct gate *g)
{
	(void)g;
	abort();
}

void
log_begin(int fd, const struct policy *p)
{
	(void)fd;
	(void)p;
}

/* --- what there is: a host, a key that signs (G), one that logs in (E), and in the agent one more (X) */

#define ED25519    "\0\0\0\x0bssh-ed25519\0\0\0\x20"
#define ALL(c)     c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c
#define HOST_KEY   ED25519 "\xa1\x9f\xdb\xd6\xde\x28\xa8\x34\xf8\x52\x37\x50\x64\x53\x48\xd9\xb4\x6a\x99\x47\x8c" \
    "\xf9\xf3\xc0\xa5\x0c\x74\x20\x74\xf5\xba\x7d"
#define SESSION    "\0\0\0\x20" ALL("S")
#define SIGNATURE  "\0\0\0\x53\0\0\0\x0bssh-ed25519\0\0\0\x40\x32\xb4\xfa\x4a\xf8\x56\x40\xd3\x40\x6d\xb5\x90\x34\x2b" \
    "\xee\x1e\x76\x6d\x22\x86\x99\xd4\x60\xa0\x4f\x2f\xd5\x0f\x38\xe3\xb9\xc3\xf7\x7f\xfc\x86\x10\xca\x7f\xc5\xfe\x53" \
    "\x10\xdf\x51\x43\x57\xbf\x42\x50\xae\x20\x6e\x19\x1b\x11\xe9\x79\x84\xea\x23\x35\x7e\x0c"
#define BIND       "\x1b\0\0\0\x18session-bind@openssh.com\0\0\0\x33" HOST_KEY SESSION SIGNATURE
#define KEY(c)     "\0\0\0\x33" ED25519 ALL(c)
#define LOGIN      SESSION "\x32\0\0\0\x03git\0\0\0\x0essh-connection"

static const char bind_head[] = "\x1b\0\0\0\x18session-bind@openssh.com";
static const char good_bind[] = BIND "\0";
static const char sign_git[] = "\x0d" KEY("G");
static const char sign_login[] = "\x0d" KEY("E");
static const char sshsig256[] = "SSHSIG\0\0\0\x03git\0\0\0\0\0\0\0\x06sha256\0\0\0\x20";
static const char sshsig512[] = "SSHSIG\0\0\0\x03git\0\0\0\0\0\0\0\x06sha512\0\0\0\x40";
static const char login[] = LOGIN "\0\0\0\x09publickey\x01";
static const char login_host[] = LOGIN "\0\0\0\x23publickey-hostbound-v00@openssh.com\x01";
static const char login_end[] = KEY("E");
static const char login_host_end[] = KEY("E") "\0\0\0\x33" HOST_KEY;
static const char agent_list[] = "\x0c\0\0\0\x03" KEY("X") "\0\0\0\x01x" KEY("E") "\0\0\0\x06secret" KEY("G") "\0\0\0\0";
static const char client_list[] = "\x0c\0\0\0\x02" KEY("E") "\0\0\0\x05" "enter" KEY("G") "\0\0\0\x04sign";
static const char filtered[] = "\x1b\0\0\0\x15" WX_SSHAGENT_FILTERED;

#define LEN(s) (sizeof(s) - 1)

static void
make_policy(void)
{
	static struct policy p;
	int g, e, d;

	p.nkeys = p.ndests = p.nuses = p.nhosts = p.used = 0;
	g = policy_key(&p, "sign", ED25519 ALL("G"), LEN(ED25519 ALL("G")));
	e = policy_key(&p, "enter", ED25519 ALL("E"), LEN(ED25519 ALL("E")));
	d = policy_dest(&p, "git", 3, "git.example");
	assert(g == 0 && e == 1 && d == 0 && policy_host(&p, HOST_KEY, LEN(HOST_KEY)) == 0);
	assert(policy_use(&p, 0, POLICY_SIGN) == 0 && policy_use(&p, 1, 0) == 0);
	policy = &p;
	assert(verify_begin());
}

/* --- what is to become of a message, by another way than the filter's: from the ends */

static size_t
length_at(const unsigned char *p)
{
	return (size_t)p[0] * 16777216 + (size_t)p[1] * 65536 + (size_t)p[2] * 256 + p[3];
}

static bool
begins(const unsigned char *m, size_t len, const char *with, size_t n)
{
	return len >= n && memcmp(m, with, n) == 0;
}

/* HEAD, one string, TAIL. */
static bool
around(const unsigned char *m, size_t len, const char *head, size_t nh, const char *tail, size_t nt)
{
	return len >= nh + 4 + nt && begins(m, len, head, nh) && memcmp(m + len - nt, tail, nt) == 0 &&
	    length_at(m + nh) == len - nh - 4 - nt;
}

static bool
may_sign(const unsigned char *d, size_t n)
{
	return (n == LEN(sshsig256) + 32 && begins(d, n, sshsig256, LEN(sshsig256))) ||
	    (n == LEN(sshsig512) + 64 && begins(d, n, sshsig512, LEN(sshsig512)));
}

static bool
may_log_in(const unsigned char *d, size_t n)
{
	return around(d, n, login, LEN(login), login_end, LEN(login_end)) ||
	    around(d, n, login_host, LEN(login_host), login_host_end, LEN(login_host_end));
}

enum fate { REFUSED, AT_ONCE, LISTED, PASSED, ASKS };

/* BOUND: 0 no, 1 yes, 2 forwarded. */
static enum fate
fate(const unsigned char *m, size_t len, int *bound)
{
	size_t n = LEN(sign_git), head = LEN(bind_head);
	const unsigned char *d = m + n + 4;

	if (len == LEN(good_bind) && memcmp(m, good_bind, len) == 0 && *bound != 1)
		return *bound = *bound == 2 ? 2 : 1, PASSED;
	/* Four parts and a byte, which is not 0. */
	if (begins(m, len, bind_head, head)) {
		size_t at = head, parts = 0, session = 0;

		for (; len - at >= 4 && length_at(m + at) <= len - at - 4 && parts < 3; parts++) {
			session = parts == 1 ? length_at(m + at) : session;
			at += 4 + length_at(m + at);
		}
		if (parts == 3 && len - at == 1 && m[at] != 0 && session > 0 && session <= 64)
			*bound = 2;
		return REFUSED;
	}
	if (len == LEN(filtered) && memcmp(m, filtered, len) == 0)
		return AT_ONCE;
	if (*bound == 2)
		return REFUSED;
	if (m[0] == 11)
		return len == 1 ? LISTED : REFUSED;
	if (len < n + 8 || length_at(m + n) != len - n - 8)
		return REFUSED;
	if (begins(m, len, sign_git, n))
		return may_sign(d, len - n - 8) ? ASKS : REFUSED;
	return begins(m, len, sign_login, n) && *bound == 1 && may_log_in(d, len - n - 8) ? ASKS : REFUSED;
}

/* --- the agent's end, the gate's, the client's */

static unsigned passed; /* how many messages came to the agent */

static void
be_agent(int fd)
{
	static unsigned char got[ASKED_MAX];
	static size_t have;
	unsigned char say[7] = { 0, 0, 0, 3, 100, 0, 1 };
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
	passed++;
	if (got[4] == 11) {
		const unsigned char head[] = { 0, 0, LEN(agent_list) / 256, LEN(agent_list) % 256 };

		assert(write(fd, head, 4) == 4 && write(fd, agent_list, LEN(agent_list)) == (ssize_t)LEN(agent_list));
	} else {
		say[5] = got[4];
		assert(write(fd, say, sizeof(say)) == sizeof(say));
	}
	have = 0;
}

/* Every third signature is denied. */
static bool
denied(unsigned n)
{
	return n % 3 == 2;
}

static void
be_gate(int fd)
{
	static unsigned wants;
	struct channel_msg m;

	if (fd == -1) {
		wants = 0;
		return;
	}
	while (channel_receive(fd, &m, NULL) == 1) {
		assert(m.id == 7);
		if (m.kind != CHANNEL_WANT) {
			assert(m.kind == CHANNEL_REFUSED && m.verdict.reason > REASON_ALLOWED && m.verdict.reason < REASONS);
			continue;
		}
		assert(m.verdict.reason == REASON_ALLOWED && m.verdict.key == (m.verdict.use == USE_LOGIN) &&
		    m.verdict.dest == (m.verdict.use == USE_LOGIN ? 0 : -1));
		m.kind = CHANNEL_ANSWER;
		m.verdict.reason = denied(wants++) ? REASON_DENIED : REASON_ALLOWED;
		assert(channel_send(fd, &m, NULL));
		hear();
	}
}

static bool
ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) == 1;
}

/* What the client has heard. It reads as it goes: many small answers that nobody reads fill a socket. */
static unsigned char heard[16 * ASKED_MAX];
static size_t nheard;

static void
hear_client(int fd)
{
	ssize_t n = read(fd, heard + nheard, sizeof(heard) - nheard);

	nheard += n > 0 ? (size_t)n : 0;
}

/* The answer at A to a message of this FATE and KIND; where the next begins. */
static const unsigned char *
check_answer(const unsigned char *a, enum fate f, unsigned char kind, bool no, unsigned *to_agent)
{
	static const unsigned char failure[] = { 0, 0, 0, 1, 5 }, success[] = { 0, 0, 0, 1, 6 };
	const unsigned char pass[] = { 0, 0, 0, 3, 100, kind, 1 };

	if (f == REFUSED || no) {
		assert(memcmp(a, failure, sizeof(failure)) == 0);
		return a + sizeof(failure);
	}
	if (f == AT_ONCE) {
		assert(memcmp(a, success, sizeof(success)) == 0);
		return a + sizeof(success);
	}
	++*to_agent;
	if (f == LISTED) {
		assert(length_at(a) == LEN(client_list) && memcmp(a + 4, client_list, LEN(client_list)) == 0);
		return a + 4 + LEN(client_list);
	}
	assert(memcmp(a, pass, sizeof(pass)) == 0);
	return a + sizeof(pass);
}

/* The answers that the client heard to the SIZE bytes that it sent, and no more; was it to be let go? */
static bool
check_answers(const unsigned char *p, size_t size)
{
	const unsigned char *a = heard, *end = heard + nheard;
	unsigned wants = 0, to_agent = 0;
	bool gone = false;
	size_t len;
	int bound = 0;

	for (; size >= 4; p += 4 + len, size -= 4 + len) {
		enum fate f;

		len = length_at(p);
		gone = len == 0 || len > 262144;
		if (gone || len > size - 4)
			break;
		f = fate(p + 4, len, &bound);
		assert(end - a >= 5);
		a = check_answer(a, f, p[4], f == ASKS && denied(wants), &to_agent);
		wants += f == ASKS;
	}
	assert(a == end && to_agent == passed);
	return gone;
}

/* A list of an agent's that is none. */
static void
check_list(const uint8_t *data, size_t size)
{
	static unsigned char out[WX_SSHAGENT_MAX];
	size_t n = judge_list(policy, data, size, out);

	assert(n == 1 ? out[0] == 5 : n <= LEN(client_list) && out[0] == 12);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link *l = &links[0];
	int client[2], agent[2], channel[2];
	size_t sent = 0, cut = size == 0 ? 1 : data[0] % 9 + 1;
	bool alive = true;

	if (size > ASKED_MAX / 2)
		return 0;
	if (policy == NULL)
		make_policy();
	check_list(data, size);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, client) == 0);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, agent) == 0);
	assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, channel) == 0);
	*l = (struct link){ .open = true, .id = 7, .client = client[1], .agent = agent[1], .turn = FROM_CLIENT };
	gate = channel[1];
	nheard = passed = 0;
	be_agent(-1);
	be_gate(-1);
	/* The first pieces small, so that heads come in parts, and then all. */
	while (alive && (sent < size || ready(with_client(l) ? l->client : l->agent, reading(l) ? POLLIN : POLLOUT))) {
		size_t n = sent > 64 || cut > size - sent ? size - sent : cut;

		assert(n == 0 || write(client[0], data + sent, n) == (ssize_t)n);
		sent += n;
		while (alive && ready(with_client(l) ? l->client : l->agent, reading(l) ? POLLIN : POLLOUT)) {
			alive = move(l);
			be_gate(channel[0]);
			be_agent(agent[0]);
			hear_client(client[0]);
		}
	}
	hear_client(client[0]);
	assert(check_answers(data, sent) == !alive);
	link_close(l);
	(void)close(client[0]);
	(void)close(agent[0]);
	(void)close(channel[0]);
	(void)close(channel[1]);
	return 0;
}
