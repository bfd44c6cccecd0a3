/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "conn/conn.h"

#define PORT_SSH  22
#define PORT_HTTP 80
#define PORT_TLS  443

/* The address that the client dialled is what it wants: a name's, or itself. */
static bool
name_by_address(struct conn *c, uint16_t port)
{
	union {
		struct sockaddr     any;
		struct sockaddr_in  in;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t len = sizeof(addr);
	const unsigned char *v4 = (const unsigned char *)&addr.in.sin_addr;
	const char *name = NULL;

	memset(&addr, 0, sizeof(addr));
	if (getsockname(c->client, &addr.any, &len) == -1)
		return false;
	c->port = port != 0 ? port : ntohs(addr.in.sin_port);
	if (addr.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&addr.in6.sin6_addr))
		v4 = addr.in6.sin6_addr.s6_addr + 12;
	else if (addr.any.sa_family == AF_INET6)
		return inet_ntop(AF_INET6, &addr.in6.sin6_addr, c->host, sizeof(c->host)) != NULL;
	name = synth_name(front.synth, v4);
	if (name == NULL)
		return inet_ntop(AF_INET, v4, c->host, sizeof(c->host)) != NULL;
	(void)snprintf(c->host, sizeof(c->host), "%s", name);
	memcpy(c->addr, v4, sizeof(c->addr));
	c->synthetic = true;
	synth_use(front.synth, c->addr, true, front.now / 1000);
	return true;
}

static void
transparent(struct conn *c, uint16_t port)
{
	c->via = VIA_DIRECT;
	c->named = true;
	if (!name_by_address(c, port)) {
		conn_reset(c);
		return;
	}
	switch (c->port) {
	case PORT_HTTP:
		c->tongue = TONGUE_HTTP;
		conn_set(c, STATE_HEAD, HEAD_MS);
		break;
	case PORT_TLS:
		c->tongue = TONGUE_TLS;
		conn_set(c, STATE_HELLO, HEAD_MS);
		break;
	case PORT_SSH:
		c->tongue = TONGUE_SSH;
		dialing_ask(c, NULL, NULL);
		break;
	default:
		/* Whoever speaks first here, nothing has to be said before it is connected. */
		dialing_ask(c, NULL, NULL);
		break;
	}
}

void
first_begin(struct conn *c, const struct gate *g)
{
	switch (g->way) {
	case WAY_PROXY:
		conn_set(c, STATE_FIRST, HEAD_MS);
		break;
	case WAY_DNS_TCP:
		conn_set(c, STATE_DNS, HEAD_MS);
		break;
	case WAY_ANY:
		transparent(c, g->port);
		break;
	case WAY_TO:
		c->via = VIA_FORWARD;
		c->forward = g->forward;
		dialing_ask(c, NULL, NULL);
		break;
	case WAY_DNS_UDP:
	default:
		conn_reset(c);
		break;
	}
}

/* Which protocol, by the first byte. */
static void
sniff(struct conn *c)
{
	if (c->in.p[c->in.off] == 5) {
		c->via = VIA_SOCKS;
		c->tongue = TONGUE_SOCKS;
		c->state = STATE_GREETING;
	} else if (c->in.p[c->in.off] >= 'A' && c->in.p[c->in.off] <= 'Z') {
		c->via = VIA_HTTP;
		c->tongue = TONGUE_HTTP;
		c->state = STATE_HEAD;
	} else {
		conn_reset(c);
	}
}

static void
greeting(struct conn *c)
{
	static const char none[] = "\5\0", no_method[] = "\5\377";
	size_t used = 0;

	switch (socks_greeting(c->in.p + c->in.off, c->in.len, &used)) {
	case SOCKS_MORE:
		return;
	case SOCKS_GREETED:
		buf_skip(&c->in, used);
		if (!buf_put(&c->out, none, 2) || !buf_send(&c->out, c->client))
			conn_reset(c);
		else
			c->state = STATE_REQUEST;
		return;
	case SOCKS_METHOD:
		if (buf_put(&c->out, no_method, 2))
			conn_finish(c);
		return;
	case SOCKS_WANTS:
	case SOCKS_COMMAND:
	case SOCKS_BAD:
	default:
		conn_reset(c);
	}
}

static void
request(struct conn *c)
{
	static const char no_command[] = "\5\7\0\1\0\0\0\0\0\0";
	struct socks_request r;
	size_t used = 0;

	switch (socks_request(c->in.p + c->in.off, c->in.len, &used, &r)) {
	case SOCKS_MORE:
		return;
	case SOCKS_WANTS:
		buf_skip(&c->in, used);
		memcpy(c->host, r.host, sizeof(c->host));
		c->port = r.port;
		dialing_ask(c, NULL, NULL);
		return;
	case SOCKS_COMMAND:
		if (buf_put(&c->out, no_command, 10))
			conn_finish(c);
		return;
	case SOCKS_GREETED:
	case SOCKS_METHOD:
	case SOCKS_BAD:
	default:
		conn_reset(c);
	}
}

/* Whose name the hello has decides whether anything is connected at all. */
static void
hello(struct conn *c)
{
	char name[WX_HOSTNAME_MAX];
	enum hello h = hello_read(c->in.p + c->in.off, c->in.len, front.ech_deny, name);

	switch (h) {
	case HELLO_MORE:
		return;
	case HELLO_GOOD:
		if (strcmp(name, c->host) == 0)
			dialing_ask(c, NULL, NULL);
		else
			conn_refuse_log(c, REASON_SNI, name);
		return;
	case HELLO_NOT_TLS:
		c->tongue = TONGUE_NONE;
		conn_refuse_log(c, REASON_PROTOCOL, "");
		return;
	case HELLO_MALFORMED:
	case HELLO_NO_NAME:
	case HELLO_ECH:
	default:
		conn_refuse_log(c, REASON_SNI, "");
	}
}

void
first_step(struct conn *c)
{
	enum state before;
	ssize_t n = conn_read(c);

	if (n == -1) {
		conn_end(c);
		return;
	}
	/* One may have brought more than one message. */
	do {
		before = c->state;
		if (c->in.len == 0)
			return;
		if (c->state == STATE_FIRST)
			sniff(c);
		else if (c->state == STATE_GREETING)
			greeting(c);
		else if (c->state == STATE_REQUEST)
			request(c);
		else if (c->state == STATE_HELLO)
			hello(c);
		else if (c->state == STATE_HEAD)
			http_head_step(c);
	} while (c->state != before && c->state != STATE_FREE && c->state != STATE_DIAL && c->state != STATE_FINISH &&
	    c->state != STATE_TUNNEL && c->state != STATE_HTTP);
}
