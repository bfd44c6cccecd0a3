/* SPDX-License-Identifier: MIT */
#include "make.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "agent/agent.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/task.h"
#include "secret/secret.h"

#define TEXT_MAX 65536   /* bytes of what wx-api-broker says of the routes */
#define WORD_BYTES 16

char *
broker_word(void)
{
	unsigned char bytes[WORD_BYTES];
	char word[2 * WORD_BYTES + 1];
	size_t i;

	if (getentropy(bytes, sizeof(bytes)) == -1)
		err(WX_CHAIN, "cannot make the guest's word");
	for (i = 0; i < sizeof(bytes); i++)
		(void)snprintf(word + 2 * i, 3, "%02x", bytes[i]);
	return xstrdup(word);
}

/* ---- what wx-api-broker says of a route */

/* One that it accepts, and that nobody else can write, as JSON; the caller owns it. */
static cJSON *
ask(const struct plan *p, const char *route)
{
	static char text[TEXT_MAX];
	struct strv argv = { 0 }, env = { 0 };
	int out = task_file(), said = task_file(), status;
	const char *config = getenv("XDG_CONFIG_HOME");
	cJSON *line;
	ssize_t n;

	strv_add(&argv, p->brokered.program);
	strv_add(&argv, "-p");
	strv_add(&argv, "--");
	strv_add(&argv, route);
	strv_addf(&env, "HOME=%s", p->host_home);
	if (config != NULL)
		strv_addf(&env, "XDG_CONFIG_HOME=%s", config);
	status = task_wait(task_start((const char *const *)argv.v, env.v, ".", -1, out, said));
	if (status == 0)
		(void)close(said);
	else if (task_say(said, "wx-api-broker", ""))
		exit(WX_CHAIN);
	n = lseek(out, 0, SEEK_SET) == -1 ? -1 : read(out, text, sizeof(text));
	(void)close(out);
	line = status != 0 || n <= 0 ? NULL : cJSON_ParseWithLength(text, (size_t)n);
	if (line == NULL)
		errx(WX_CHAIN, "route '%s': wx-api-broker says nothing of it that wx-run understands; install all of "
		    "wrapix, of one version", escaped(route));
	return line;
}

static char *
text_of(const cJSON *line, const char *key)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, key));

	return xstrdup(s == NULL ? "" : s);
}

/* ---- the plan */

static const struct broker_route *
at_port(const struct brokered *b, unsigned port)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (b->routes[i].port == port)
			return &b->routes[i];
	return NULL;
}

/* Where it is served: as it says, or where there is room. */
static unsigned
port_of(const struct plan *p, const cJSON *line, const char *name)
{
	const cJSON *said = cJSON_GetObjectItemCaseSensitive(line, "port");
	const struct broker_route *other;
	unsigned port = cJSON_IsNumber(said) ? (unsigned)said->valuedouble : 0;
	size_t i;

	if (port == 0)
		for (port = BROKERED_PORT; at_port(&p->brokered, port) != NULL;)
			port++;
	other = at_port(&p->brokered, port);
	if (other != NULL)
		errx(WX_CHAIN, "the routes '%s' and '%s' both want port %u", other->name, name, port);
	if (port == LISTED_PROXY || port == 53)
		errx(WX_CHAIN, "route '%s': port %u inside is wx-egress' own", name, port);
	for (i = 0; i < p->listed.nforwards; i++)
		if (p->listed.forwards[i].port == port)
			errx(WX_CHAIN, "network_forward, --reach: port %u inside is that of the route '%s'", port, name);
	return port;
}

static void
add_route(const struct request *r, struct plan *p, const char *route)
{
	struct brokered *b = &p->brokered;
	struct broker_route *to = &b->routes[b->n];
	const cJSON *v;
	char *file;
	cJSON *line;

	if (b->n == BROKERED_ROUTES)
		errx(WX_CHAIN, "more than %d routes", BROKERED_ROUTES);
	line = ask(p, route);
	to->name = text_of(line, "route");
	to->upstream = text_of(line, "upstream");
	file = text_of(line, "file");
	to->file = realpath(file, NULL);
	if (to->file == NULL)
		err(WX_CHAIN, "cannot open route '%s'", escaped(file));
	if (path_inside(file, p->project))
		errx(WX_CHAIN, "route '%s': '%s' leads into the project, where the sandbox can write it", to->name, escaped(file));
	to->port = port_of(p, line, to->name);
	to->url = xprintf("http://127.0.0.1:%u", to->port);
	if (r->agent.guests.n == 0 || r->agent.broker == NULL || strcmp(route, r->agent.broker) != 0)
		cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(line, "guest")) {
			strv_add(&to->guests, v->string);
			strv_add(&to->guests, v->valuestring);
		}
	else
		to->guests = r->agent.guests;
	b->n++;
	free(file);
	cJSON_Delete(line);
}

static void
refuse(const struct plan *p)
{
	if (p->engine->machine)
		errx(WX_CHAIN, "engine 'container' has no place for wx-api-broker (-B): its machine has a network of its own; "
		    "give the secret itself (-E)");
	if (p->net == NET_HOST)
		errx(WX_CHAIN, "network 'host' has no place for wx-api-broker (-B), which listens in the sandbox's own: take "
		    "another network, or start one yourself (wx-api-broker(1))");
}

void
broker_plan(const struct request *r, struct plan *p)
{
	struct brokered *b = &p->brokered;
	bool agent = r->agent.broker != NULL, served = r->broker_fd != -1;
	cJSON *line;
	size_t i;

	b->fd = r->broker_fd;
	if (served && !agent && r->brokers.n == 0)
		errx(WX_CHAIN, "secrets for wx-api-broker (-B), and no route: --broker ROUTE, or a profile whose agent has one");
	if (!served && r->brokers.n > 0)
		errx(WX_CHAIN, "a route (--broker '%s') and no secret for it: -B FD", escaped(r->brokers.v[0]));
	if (!served && !(agent && seed_wants_api(r)))
		return;
	b->program = program_beside("wx-api-broker");
	if (b->program == NULL)
		errx(WX_CHAIN, "wx-api-broker is neither beside wx-run nor on PATH: install all of wrapix");
	if (!served) {
		line = ask(p, r->agent.broker);
		b->api = text_of(line, "upstream");
		cJSON_Delete(line);
		return;
	}
	refuse(p);
	if (agent) {
		add_route(r, p, r->agent.broker);
		b->api = xstrdup(b->routes[0].url);
	}
	for (i = 0; i < r->brokers.n; i++)
		if (!agent || strcmp(r->brokers.v[i], r->agent.broker) != 0)
			add_route(r, p, r->brokers.v[i]);
}

void
broker_env(struct plan *p)
{
	const struct broker_route *route;
	char *half, *value;
	size_t i, k;

	for (i = 0; i < p->brokered.n; i++) {
		route = &p->brokered.routes[i];
		for (k = 0; k < route->guests.n; k += 2) {
			if (!env_name_allowed(route->guests.v[k], strlen(route->guests.v[k])))
				errx(WX_CHAIN, "route '%s': cannot set '%s': %s", route->name, escaped(route->guests.v[k]),
				    env_name_wrong);
			half = seed_placed(route->guests.v[k + 1], "{url}", route->url);
			value = seed_placed(half, "{word}", p->brokered.word);
			env_set(&p->env, route->guests.v[k], value, false);
			free(value);
			free(half);
		}
	}
}
