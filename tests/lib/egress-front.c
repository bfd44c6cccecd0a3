/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson libpsl */
/*
 * egress-front ENTRY...: in place of wx-egress' front, one that is hostile. It asks a dialer, which has these entries for a policy, for
 * what is not listed, and in ways that no front asks; what it gets is printed.
 */
#include <stdint.h>
#include <stdio.h>

#define start start_one
#include "cmd/wx-egress/dial/race.c"
#undef start

#include "cmd/wx-egress/dial/confine.c"
#include "cmd/wx-egress/dial/dialer.c"
#include "cmd/wx-egress/dial/parent.c"
#include "cmd/wx-egress/link/link.c"

#define put put_address
#include "cmd/wx-egress/dial/resolve.c"
#include "cmd/wx-egress/dial/shared.c"
#include "cmd/wx-egress/policy/decide.c"
#include "cmd/wx-egress/policy/entry.c"
#include "cmd/wx-egress/policy/group.c"
#include "cmd/wx-egress/policy/json.c"
#include "cmd/wx-egress/policy/policy.c"
#include "cmd/wx-egress/policy/reason.c"
#include "cmd/wx-egress/policy/suffix.c"

static int front;

static void
fault(const char *text, void *user)
{
	(void)user;
	errx(2, "%s", text);
}

static void
answer(const char *what)
{
	struct link_answer a;
	int fd;
	ssize_t n = link_recv(front, &a, sizeof(a), &fd, true);

	printf("%s %s%s\n", what, n == (ssize_t)sizeof(a) ? reason_name((enum reason)a.reason) : "no answer", fd != -1 ? " with a connection" : "");
	if (fd != -1)
		(void)close(fd);
}

static void
wish(const char *host, uint16_t port, enum via via, unsigned forward, const char *what)
{
	static struct link_ask m;

	m = (struct link_ask){ .id = 7, .port = port, .via = (uint8_t)via, .forward = (uint8_t)forward, .host_len = (uint16_t)strlen(host) };
	memcpy(m.text, host, strlen(host));
	if (link_send(front, &m, offsetof(struct link_ask, text) + m.host_len, -1, true) == -1)
		err(1, "send");
	answer(what);
}

int
main(int argc, char *argv[])
{
	static struct policy p;
	static struct shared s;
	static struct link_ask m;
	int requests[2], life[2], events[2], i;
	char name[WX_HOSTNAME_MAX + 1];
	struct dialer d = { .policy = &p, .shared = &s };

	policy_init(&p);
	for (i = 1; i < argc; i++)
		(void)policy_add(&p, false, argv[i], fault, NULL);
	if (link_pair(requests) == -1 || pipe(life) == -1 || link_pair(events) == -1)
		err(1, "pair");
	d.requests = requests[1];
	d.life = life[0];
	d.events = events[1];
	front = requests[0];
	if (fork() == 0) {
		(void)close(requests[0]);
		(void)close(life[1]);
		dial_confine(-1);
		dial_confine_more();
		dialer_serve(&d);
	}
	(void)close(requests[1]);
	/* The supervisor's part: it reads what is told to it. */
	if (fork() == 0)
		while (read(events[0], &m, sizeof(m)) > 0)
			;
	wish("good.example", 443, VIA_DIRECT, 0, "good.example:443");
	wish("evil.example", 443, VIA_DIRECT, 0, "evil.example:443");
	wish("good.example", 80, VIA_DIRECT, 0, "good.example:80");
	wish("private.example", 443, VIA_CONNECT, 0, "private.example:443");
	wish("loop.example", 443, VIA_SOCKS, 0, "loop.example:443");
	wish("127.0.0.1", 443, VIA_HTTP, 0, "127.0.0.1:443");
	wish("good.example", 443, VIA_FORWARD, 0, "forward 0");
	wish("good.example", 443, VIA_FORWARD, 255, "forward 255");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	wish(name, 443, VIA_DIRECT, 0, "a host of 254 bytes");
	(void)link_send(front, &m, 5, -1, true);
	puts("a message that is too short: nothing");
	m = (struct link_ask){ .id = 8, .port = 443, .host_len = 65535, .method_len = 65535, .path_len = 65535 };
	(void)link_send(front, &m, sizeof(m), -1, true);
	m.host_len = 12;
	(void)link_send(front, &m, sizeof(m), -1, true);
	m = (struct link_ask){ .id = 9, .port = 443, .host_len = 4000 };
	(void)link_send(front, &m, offsetof(struct link_ask, text) + 4000, -1, true);
	m = (struct link_ask){ .id = 9, .port = 443, .method_len = 4000 };
	(void)link_send(front, &m, offsetof(struct link_ask, text) + 4000, -1, true);
	puts("lengths that do not fit: nothing");
	wish("good.example", 443, VIA_DIRECT, 0, "after all this good.example:443");
	return 0;
}
