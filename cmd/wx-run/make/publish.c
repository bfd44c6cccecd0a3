/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <err.h>

#include "libcommon/exitcode.h"

/* Who of ours listens at PORT inside, where no server of the sandbox's can: NULL, nobody. What wx-api-broker serves is used
 * with a secret. */
static const char *
taken_by(const struct plan *p, unsigned port)
{
	const struct listed *l = &p->listed;
	bool is = port == 53 || port == LISTED_PROXY;
	size_t i;

	for (i = 0; i < p->brokered.n; i++)
		if (p->brokered.routes[i].port == port)
			return "wx-api-broker";
	for (i = 0; i < l->nports; i++)
		is |= l->ports[i] == port;
	for (i = 0; i < l->nforwards; i++)
		is |= l->forwards[i].port == port;
	return p->net == NET_LISTED && is ? "wx-egress" : NULL;
}

static void
port_add(struct plan *p, const char *word)
{
	struct published new;
	size_t i;

	if (!publish_port(word, &new))
		errx(WX_CHAIN, "'%s' is no port for --publish: [HOSTPORT:]PORT, each from 1 to 65535", escaped(word));
	if (taken_by(p, new.port) != NULL)
		errx(WX_CHAIN, "cannot publish port %u (--publish): inside %s listens there; let the server listen at another",
		    new.port, taken_by(p, new.port));
	for (i = 0; i < p->npublished && p->published[i].host != new.host; i++)
		;
	if (i < p->npublished && p->published[i].port != new.port)
		errx(WX_CHAIN, "cannot publish two ports (--publish) at the host's port %u: %u and %u", new.host,
		    p->published[i].port, new.port);
	if (i < p->npublished)
		return;
	if (i == PUBLISH_MAX)
		errx(WX_CHAIN, "cannot publish more than %d ports (--publish)", PUBLISH_MAX);
	p->published[p->npublished++] = new;
}

void
publish_plan(const struct request *r, struct plan *p)
{
	size_t i;

	if (r->publish.n > 0 && p->engine->machine)
		errx(WX_CHAIN, "engine 'container' cannot publish a port (--publish): its machine has a network of its own, "
		    "where a server that listens at all addresses is reached by the machine's (container ls)");
	if (r->publish.n > 0 && p->net == NET_HOST)
		errx(WX_CHAIN, "cannot publish a port (--publish) with network 'host': what listens there is on this machine's "
		    "loopback already; leave it out");
	for (i = 0; i < r->publish.n; i++)
		port_add(p, r->publish.v[i]);
}
