/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "profile.h"

#define PORT_MAX 65535

/* "[HOSTPORT:]PORT". False if it is not of that form. */
static bool
port_parse(const char *s, struct published *out)
{
	char *host = xprintf("%.*s", (int)strcspn(s, ":"), s);
	const char *inside = s[strlen(host)] == ':' ? s + strlen(host) + 1 : s;
	uint64_t h, n;
	bool ok = parse_count(host, PORT_MAX, &h) && parse_count(inside, PORT_MAX, &n);

	free(host);
	if (ok)
		*out = (struct published){ .host = (unsigned)h, .port = (unsigned)n };
	return ok;
}

const char *
publish_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *w = at, list = { 0 };
	struct published p;
	const cJSON *item;
	size_t i = 0;
	char *text;

	(void)r;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > PUBLISH_MAX)
		return value_wrong(path, "must be a list of ports, 8 at the most");
	cJSON_ArrayForEach(item, v) {
		text = cJSON_IsNumber(item) ? xprintf("%.17g", item->valuedouble) :
		    xstrdup(cJSON_IsString(item) ? item->valuestring : "");
		if (!port_parse(text, &p)) {
			free(text);
			return xprintf("key '%s[%zu]': must be a port, or \"HOSTPORT:PORT\", each from 1 to %d", path, i, PORT_MAX);
		}
		strv_add(&list, text);
		free(text);
		i++;
	}
	if (w->v != NULL)
		strv_addv(&list, (const char *const *)w->v);
	*w = list;
	return NULL;
}

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

	if (!port_parse(word, &new))
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
