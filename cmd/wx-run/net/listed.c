/* SPDX-License-Identifier: MIT */
#include "listed.h"

#include <sys/socket.h>

#include "control.h"
#include "net.h"

#define FIXED 3              /* sockets that there always are: dns twice, the proxy */
#define SOCKETS (FIXED + LISTED_PORTS + LISTED_FORWARDS)

_Static_assert(SERVICE_FIRST + SOCKETS <= HELPER_FDS, "room for all of them");

/* The sockets, in the order of listed_argv. How many. */
static size_t
places(const struct listed *l, struct place v[static SOCKETS])
{
	size_t n = 0, i;

	v[n++] = (struct place){ SOCK_DGRAM, INADDR_LOOPBACK, 53, -1 };
	v[n++] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, 53, -1 };
	v[n++] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, LISTED_PROXY, -1 };
	for (i = 0; i < l->nports; i++)
		v[n++] = (struct place){ SOCK_STREAM, INADDR_ANY, l->ports[i], -1 };
	for (i = 0; i < l->nforwards; i++)
		v[n++] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, l->forwards[i].port, -1 };
	return n;
}

void
listed_argv(const struct plan *p, int ready, int first, const char *control, struct strv *out)
{
	const struct listed *l = &p->listed;
	size_t i;

	strv_add(out, "wx-egress");
	strv_add(out, "-R");
	strv_addf(out, "%d", ready);
	if (control != NULL) {
		strv_add(out, "-c");
		strv_add(out, control);
	}
	strv_add(out, "-s");
	strv_addf(out, "dns=%d", first++);
	strv_add(out, "-s");
	strv_addf(out, "dns=%d", first++);
	strv_add(out, "-s");
	strv_addf(out, "proxy=%d", first++);
	for (i = 0; i < l->nports; i++) {
		strv_add(out, "-s");
		strv_addf(out, "any/%u=%d", l->ports[i], first++);
	}
	for (i = 0; i < l->nforwards; i++) {
		strv_add(out, "-s");
		strv_addf(out, "to/%zu=%d", i, first++);
	}
}

bool
listed_start(struct service *n, const struct plan *p, const char *netns)
{
	struct place v[SOCKETS];
	struct strv argv = { 0 }, env = { 0 };
	struct service_start how = { .program = p->listed.program, .argv = &argv, .places = v,
	    .nplaces = places(&p->listed, v), .log = p->listed.log != NULL ? p->listed.log : DECISIONS_FILE };

	if (!place_sockets(netns, true, v, how.nplaces))
		return false;
	how.in = listed_policy_file(&p->listed);
	if (how.in == -1) {
		place_close(v, how.nplaces);
		return false;
	}
	/* Of a proxy that the environment names the password is there too. */
	if (p->listed.parent != NULL)
		service_environment(&env);
	how.envp = (const char *const *)env.v;
	n->control = control_make(p);
	listed_argv(p, SERVICE_READY, SERVICE_FIRST, n->control, &argv);
	return service_start(n, p, &how);
}
