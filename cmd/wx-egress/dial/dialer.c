/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "dial.h"
#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "link/link.h"
#include "parent.h"
#include "resolve.h"

#define CONNECT_MS 10000

/* The request that is worked on, for the signal that ends it. */
static struct {
	struct link_answer answer;
	struct link_event  event;
	int                requests, events;
} now;

/* What came with the request, ended by NULs. */
struct asked {
	char host[WX_HOSTNAME_MAX + 1], method[LINK_METHOD + 1], path[LINK_PATH + 1];
};

/* getaddrinfo(3) has no time-out: the process has. Only send(2) is called here, which a handler may. */
static void
too_long(int sig)
{
	(void)sig;
	(void)send(now.events, &now.event, sizeof(now.event), MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)send(now.requests, &now.answer, sizeof(now.answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	_exit(WX_TEMP);
}

static bool
unpack(const struct link_ask *m, size_t len, struct asked *a)
{
	size_t head = offsetof(struct link_ask, text), host = m->host_len, method = m->method_len, path = m->path_len;

	if (len < head || host > WX_HOSTNAME_MAX || method > LINK_METHOD || path > LINK_PATH ||
	    len != head + host + method + path || m->via >= VIAS)
		return false;
	*a = (struct asked){ .host = "" };
	memcpy(a->host, m->text, host);
	memcpy(a->method, m->text + host, method);
	memcpy(a->path, m->text + host + method, path);
	return true;
}

/* A host name as the log may have it, also of what is none. */
static void
show_host(char *to, const char *host, size_t cap)
{
	size_t i;

	for (i = 0; i < cap - 1 && host[i] != '\0'; i++)
		to[i] = host[i] > 0x20 && host[i] < 0x7f ? host[i] : '?';
	to[i] = '\0';
}

static void
show_address(const struct address *a)
{
	const void *bytes = a->addr.ss_family == AF_INET ? (const void *)&((const struct sockaddr_in *)&a->addr)->sin_addr :
	    (const void *)&((const struct sockaddr_in6 *)&a->addr)->sin6_addr;

	(void)inet_ntop(a->addr.ss_family, bytes, now.event.address, sizeof(now.event.address));
}

static int
dial_name(const struct dialer *d, const struct verdict *v, uint16_t port, enum reason *why)
{
	struct address to[RACE_MAX];
	enum wx_ipclass class = WX_IP_PUBLIC;
	size_t n, winner = 0;
	int fd;

	if (d->policy->parent.set && v->family == 0 && !policy_no_proxy(d->policy, v->name)) {
		now.event.via_parent = 1;
		return parent_connect(&d->policy->parent, v->name, port, CONNECT_MS, why);
	}
	now.answer.reason = now.event.reason = REASON_DNS;
	if (v->family != 0)
		n = resolve_literal(v->family, v->addr, port, v->entry->private, to, why, &class);
	else
		n = resolve(v->name, port, v->entry->private, to, why, &class);
	now.answer.class = now.event.class = (uint8_t)class;
	now.answer.reason = now.event.reason = REASON_TIMEOUT;
	if (n == 0)
		return -1;
	fd = race_connect(to, n, CONNECT_MS, &winner, why);
	if (fd != -1)
		show_address(&to[winner]);
	return fd;
}

/* Has the entry got all that it may? What is open now the front counts. */
static bool
is_spent(const struct dialer *d, const struct entry *e)
{
	return e->up != 0 && (e->id >= SHARED_IDS || atomic_load(&d->shared->spent[e->id]) >= e->up);
}

static int
dial_listed(const struct dialer *d, const struct link_ask *m, const struct asked *a, enum reason *why)
{
	struct wish w = { .host = a->host, .len = strlen(a->host), .port = m->port,
		.method = m->method_len > 0 ? a->method : NULL, .path = m->path_len > 0 ? a->path : NULL };
	struct verdict v;

	decide(d->policy, &w, &v);
	*why = v.reason;
	now.answer.askable = v.askable;
	if (v.name[0] != '\0')
		(void)snprintf(now.event.host, sizeof(now.event.host), "%s", v.name);
	if (v.entry != NULL) {
		now.answer.entry = now.event.entry = v.entry->id;
		(void)snprintf(now.event.rule, sizeof(now.event.rule), "%s", v.entry->text);
	}
	if (v.reason != REASON_ALLOWED || v.entry == NULL)
		return -1;
	now.answer.up = v.entry->up != 0 ? v.entry->up : UINT64_MAX;
	if (is_spent(d, v.entry)) {
		*why = REASON_UP;
		return -1;
	}
	if (v.entry->wildcard && !shared_name(d->shared, v.entry->id, v.name)) {
		*why = REASON_LIMIT;
		return -1;
	}
	return dial_name(d, &v, m->port, why);
}

static int
dial_forward(const struct dialer *d, const struct link_ask *m, enum reason *why)
{
	struct address to;
	size_t winner;

	*why = REASON_NOT_LISTED;
	if (m->forward >= d->policy->nforward)
		return -1;
	to.addr = d->policy->forward[m->forward].addr;
	to.len = d->policy->forward[m->forward].len;
	(void)snprintf(now.event.host, sizeof(now.event.host), "%s", d->policy->forward[m->forward].to);
	now.event.port = d->policy->forward[m->forward].port;
	(void)snprintf(now.event.rule, sizeof(now.event.rule), "forward");
	now.answer.up = UINT64_MAX;
	show_address(&to);
	return race_connect(&to, 1, CONNECT_MS, &winner, why);
}

static bool
is_over(const struct dialer *d)
{
	struct pollfd p = { .fd = d->life, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
serve(const struct dialer *d, const struct link_ask *m, const struct asked *a)
{
	int64_t begun = wx_clock_ms();
	enum reason why = REASON_INTERNAL;
	int fd;

	now.answer = (struct link_answer){ .id = m->id, .entry = UINT32_MAX, .reason = REASON_TIMEOUT };
	now.event = (struct link_event){ .kind = EVENT_DECISION, .id = m->id, .via = m->via, .port = m->port,
		.entry = UINT32_MAX, .reason = REASON_TIMEOUT };
	show_host(now.event.host, a->host, sizeof(now.event.host));
	show_host(now.event.method, a->method, sizeof(now.event.method));
	(void)snprintf(now.event.path, sizeof(now.event.path), "%.*s", (int)strcspn(a->path, "?"), a->path);
	atomic_store(&d->shared->working[d->slot], m->id);
	(void)alarm(DIALER_SECONDS);
	fd = m->via == VIA_FORWARD ? dial_forward(d, m, &why) : dial_listed(d, m, a, &why);
	(void)alarm(0);
	/* What the past allowed the present decides anew: the front asks the dialers that came after us. */
	if (is_over(d))
		_exit(WX_OK);
	now.answer.reason = now.event.reason = (uint8_t)(fd != -1 ? REASON_ALLOWED : why);
	now.event.ms = (uint32_t)(wx_clock_ms() - begun);
	/* Before the connection is there it is in the log. One that is to be asked for once more, with the request, is not. */
	if (why != REASON_NEEDS_HTTP || m->method_len > 0 || m->via != VIA_DIRECT)
		(void)link_send(d->events, &now.event, sizeof(now.event), -1, true);
	(void)link_send(d->requests, &now.answer, sizeof(now.answer), fd, true);
	atomic_store(&d->shared->working[d->slot], 0);
	if (fd != -1)
		(void)close(fd);
}

_Noreturn void
dialer_serve(const struct dialer *d)
{
	static struct link_ask m;
	static struct asked a;
	ssize_t n;

	now.requests = d->requests;
	now.events = d->events;
	(void)signal(SIGALRM, too_long);
	for (;;) {
		/* Of those that wait the kernel wakes one. */
		n = link_recv(d->requests, &m, sizeof(m), NULL, true);
		if (n == 0 || is_over(d))
			_exit(WX_OK);
		if (n == -1 && errno != EMSGSIZE)
			_exit(WX_FAIL);
		if (n > 0 && unpack(&m, (size_t)n, &a))
			serve(d, &m, &a);
	}
}
