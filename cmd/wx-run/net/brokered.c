/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <sys/socket.h>

#include <stdio.h>

void
brokered_argv(const struct plan *p, int ready, int first, struct strv *out)
{
	const struct brokered *b = &p->brokered;
	size_t i;

	strv_add(out, "wx-api-broker");
	strv_add(out, "-R");
	strv_addf(out, "%d", ready);
	strv_add(out, "-g");
	strv_add(out, b->word);
	for (i = 0; i < b->n; i++) {
		strv_add(out, "-s");
		strv_addf(out, "%s=%d", b->routes[i].name, first++);
	}
	strv_add(out, "--");
	for (i = 0; i < b->n; i++)
		strv_add(out, b->routes[i].file);
}

bool
brokered_start(struct service *s, const struct plan *p, pid_t pid)
{
	const struct brokered *b = &p->brokered;
	struct place v[BROKERED_ROUTES];
	struct strv argv = { 0 }, env = { 0 };
	struct service_start how = { .program = b->program, .argv = &argv, .in = b->fd, .places = v, .nplaces = b->n,
	    .log = USES_FILE };
	char netns[32];
	size_t i;

	*s = (struct service)SERVICE_NONE;
	s->name = "wx-api-broker";
	s->what = "the API";
	for (i = 0; i < b->n; i++)
		v[i] = (struct place){ SOCK_STREAM, INADDR_LOOPBACK, b->routes[i].port, -1 };
	(void)snprintf(netns, sizeof(netns), "/proc/%d/ns/net", (int)pid);
	if (!place_sockets(netns, false, v, b->n))
		return false;
	brokered_argv(p, SERVICE_READY, SERVICE_FIRST, &argv);
	service_environment(&env);
	how.envp = (const char *const *)env.v;
	return service_start(s, p, &how);
}
