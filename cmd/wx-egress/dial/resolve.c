/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include <netinet/in.h>

#include <ifaddrs.h>
#include <netdb.h>
#include <resolv.h>

static const unsigned char *
bytes_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (const unsigned char *)&((const struct sockaddr_in *)sa)->sin_addr;
	return (const unsigned char *)&((const struct sockaddr_in6 *)sa)->sin6_addr;
}

/* Of this machine, whatever its class: what listens here relies on being asked by its own. "::ffff:" is connected to by IPv4. */
static bool
is_self(const struct sockaddr *sa, const struct ifaddrs *all)
{
	bool mapped = sa->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&((const struct sockaddr_in6 *)sa)->sin6_addr);
	const unsigned char *bytes = bytes_of(sa) + (mapped ? 12 : 0);
	sa_family_t family = mapped ? AF_INET : sa->sa_family;
	const struct ifaddrs *i;

	for (i = all; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL && i->ifa_addr->sa_family == family &&
		    memcmp(bytes_of(i->ifa_addr), bytes, family == AF_INET ? 4 : 16) == 0)
			return true;
	return false;
}

/* The network's own prefix (RFC 7050), asked for once, when the first IPv6 address is to be judged. */
static const struct wx_nat64 *
nat64(void)
{
	static struct wx_nat64 prefix;
	static bool asked;
	struct addrinfo hints = { .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM }, *list = NULL, *a;

	if (!asked && getaddrinfo("ipv4only.arpa", NULL, &hints, &list) == 0)
		for (a = list; a != NULL; a = a->ai_next)
			if (a->ai_family == AF_INET6 && wx_nat64_learn(bytes_of(a->ai_addr), &prefix) == 0)
				break;
	asked = true;
	if (list != NULL)
		freeaddrinfo(list);
	return prefix.bits != 0 ? &prefix : NULL;
}

static enum wx_ipclass
judge(const struct sockaddr *sa, const struct ifaddrs *own)
{
	enum wx_ipclass class;

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return WX_IP_RESERVED;
	class = wx_ipclass(sa->sa_family, bytes_of(sa), NULL);
	if (class == WX_IP_PUBLIC && sa->sa_family == AF_INET6)
		class = wx_ipclass(AF_INET6, bytes_of(sa), nat64());
	return class == WX_IP_LOOPBACK || !is_self(sa, own) ? class : WX_IP_SELF;
}

static void
put(struct address *to, const struct sockaddr *sa, socklen_t len)
{
	memcpy(&to->addr, sa, len);
	to->len = len;
}

/* Families by turns, each in the order that the resolver has; RFC 8305 */
static size_t
by_turns(struct address a[], size_t n)
{
	struct address out[RACE_MAX] = { { .len = 0 } };
	size_t i, used = 0, at[2] = { 0, 0 };
	sa_family_t turn = n > 0 ? a[0].addr.ss_family : AF_INET;
	bool second;

	while (used < n) {
		second = turn != a[0].addr.ss_family;
		for (i = at[second]; i < n && a[i].addr.ss_family != turn; i++)
			;
		if (i < n)
			out[used++] = a[i];
		at[second] = i < n ? i + 1 : n;
		turn = turn == AF_INET ? AF_INET6 : AF_INET;
	}
	memcpy(a, out, n * sizeof(*a));
	return n;
}

static size_t
sift(const struct addrinfo *list, bool private, struct address to[static RACE_MAX], enum reason *why,
    enum wx_ipclass *class)
{
	struct ifaddrs *own = NULL;
	const struct addrinfo *a;
	enum wx_ipclass c;
	size_t n = 0;

	*why = REASON_DNS;
	if (getifaddrs(&own) == -1) {
		*why = REASON_INTERNAL;
		return 0;
	}
	for (a = list; a != NULL && n < RACE_MAX; a = a->ai_next) {
		c = judge(a->ai_addr, own);
		if (c == WX_IP_PUBLIC || (private && (c == WX_IP_PRIVATE || c == WX_IP_BENCHMARK))) {
			put(&to[n++], a->ai_addr, a->ai_addrlen);
		} else if (*why != REASON_ADDRESS) {
			*why = REASON_ADDRESS;
			*class = c;
		}
	}
	freeifaddrs(own);
	return by_turns(to, n);
}

static struct addrinfo *
look_up(const char *name, uint16_t port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list;
	char service[8];

	(void)snprintf(service, sizeof(service), "%u", port);
	/* No domain of resolv.conf is put behind it: it would be another name than the one that is listed. */
	if (res_init() == 0)
		_res.options &= ~((unsigned long)RES_DEFNAMES | (unsigned long)RES_DNSRCH);
	return getaddrinfo(name, service, &hints, &list) == 0 ? list : NULL;
}

size_t
resolve(const char *name, uint16_t port, bool private, struct address to[static RACE_MAX], enum reason *why,
    enum wx_ipclass *class)
{
	struct addrinfo *list = look_up(name, port);
	size_t n;

	*why = REASON_DNS;
	if (list == NULL)
		return 0;
	n = sift(list, private, to, why, class);
	freeaddrinfo(list);
	return n;
}

size_t
resolve_literal(int family, const unsigned char *addr, uint16_t port, bool private,
    struct address to[static RACE_MAX], enum reason *why, enum wx_ipclass *class)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct addrinfo one = { .ai_family = family, .ai_addr = (struct sockaddr *)&in, .ai_addrlen = sizeof(in) };

	memcpy(&in.sin_addr, addr, sizeof(in.sin_addr));
	if (family == AF_INET6) {
		memcpy(&in6.sin6_addr, addr, sizeof(in6.sin6_addr));
		one.ai_addr = (struct sockaddr *)&in6;
		one.ai_addrlen = sizeof(in6);
	}
	return sift(&one, private, to, why, class);
}

size_t
resolve_any(const char *name, uint16_t port, struct address to[static RACE_MAX])
{
	struct addrinfo *list = look_up(name, port), *a;
	size_t n = 0;

	for (a = list; a != NULL && n < RACE_MAX; a = a->ai_next)
		put(&to[n++], a->ai_addr, a->ai_addrlen);
	if (list != NULL)
		freeaddrinfo(list);
	return by_turns(to, n);
}
