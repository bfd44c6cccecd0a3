/* SPDX-License-Identifier: MIT */
#include "network.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "agent/agent.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/task.h"
#include "net/net.h"

#define GROUP_MAX 65536
#define ENTRIES_MAX 4096     /* of allow, and of deny */
#define GROUP_NAME "abcdefghijklmnopqrstuvwxyz0123456789-_"

/* ---- entries */

static void
need_ports(struct listed *l, unsigned port, const char *entry)
{
	if (port > 0 && port <= 65535 && !listed_port(l, port))
		errx(WX_CHAIN, "network 'listed': more than %d different ports, '%s' names one more",
		    LISTED_PORTS, escaped(entry));
}

/* Of an entry in words: HOST[:PORT[,PORT...]] and what follows. An address of IPv6 is in brackets. */
static void
ports_of_words(struct listed *l, const char *entry)
{
	size_t len = strcspn(entry, " \t");
	const char *from = *entry == '[' ? strchr(entry, ']') : entry, *at;
	char *end;

	at = from == NULL ? NULL : memchr(from, ':', len - (size_t)(from - entry));
	while (at != NULL && at + 1 < entry + len) {
		need_ports(l, (unsigned)strtoul(at + 1, &end, 10), entry);
		at = *end == ',' ? end : NULL;
	}
}

static void
ports_of_object(struct listed *l, const cJSON *object, const char *entry)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(object, "ports"))
		if (cJSON_IsNumber(v) && v->valuedouble >= 1 && v->valuedouble <= 65535)
			need_ports(l, (unsigned)v->valuedouble, entry);
}

/* One that is no group, to TO; its ports too. What else is wrong with it wx-egress says. */
static void
add_entry(struct listed *l, struct strv *to, const char *entry)
{
	cJSON *object;
	char *text;

	if (to->n == ENTRIES_MAX)
		errx(WX_CHAIN, "network 'listed': more than %d entries", ENTRIES_MAX);
	if (*entry != '{') {
		strv_add(to, entry);
		if (to == &l->allow)
			ports_of_words(l, entry);
		return;
	}
	object = cJSON_ParseWithOpts(entry, NULL, 1);
	text = object == NULL ? NULL : cJSON_PrintUnformatted(object);
	if (text == NULL)
		errx(WX_CHAIN, "network 'listed': '%s' is not JSON", escaped(entry));
	strv_add(to, text);
	if (to == &l->allow)
		ports_of_object(l, object, entry);
	cJSON_free(text);
	cJSON_Delete(object);
}

/* ---- groups */

/* The text of the file DIR/SUB/NAME; false where there is none. Dies of one that others could write; what came along with
 * us (OURS) is as trusted as we are. */
static bool
read_file(const struct plan *p, bool ours, const char *dir, const char *sub, const char *name, char buf[static GROUP_MAX])
{
	char *path = xprintf("%s%s/%s", dir, sub, name);
	int fd = ours ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : wx_own_open(path);
	ssize_t n;

	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR)) {
		free(path);
		return false;
	}
	if (fd == -1 && errno == EPERM)
		errx(WX_CHAIN, "network 'listed': others can write '%s', or own it", path);
	if (fd == -1)
		err(WX_CHAIN, "cannot open '%s'", path);
	if (path_inside(path, p->project))
		errx(WX_CHAIN, "network 'listed': '%s' leads into the project, where the sandbox can write it", path);
	n = wx_read_all(fd, buf, GROUP_MAX - 1);
	if (n == -1)
		err(WX_CHAIN, "cannot read '%s'", path);
	buf[n] = '\0';
	(void)close(fd);
	free(path);
	return true;
}

/* That of the group NAME: the user's, or else what was installed, or what is in the tree. */
static void
read_group(const struct plan *p, const char *name, char buf[static GROUP_MAX])
{
	static const char *const ours[] = { "/../share/wrapix/networks", "/../nix/networks", NULL };
	char *config = host_xdg(p, "CONFIG", ".config"), *self = wx_proc_program(), *slash;
	bool found = read_file(p, false, config, "/wrapix/networks", name, buf);
	size_t i;

	slash = self == NULL ? NULL : strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	for (i = 0; !found && slash != NULL && ours[i] != NULL; i++)
		found = read_file(p, true, self, ours[i], name, buf);
	if (!found)
		errx(WX_CHAIN, "network 'listed': no such group '@%s': '%s/wrapix/networks/%s' would be its file", name,
		    config, name);
	free(self);
	free(config);
}

/* "@NAME": each line of its file but comments. */
static void
add_group(const struct plan *p, struct listed *l, struct strv *to, const char *name)
{
	static char buf[GROUP_MAX];
	char *line, *next;
	size_t len;

	if (*name == '\0' || name[strspn(name, GROUP_NAME)] != '\0')
		errx(WX_CHAIN, "network 'listed': '@%s' is no name of a group", escaped(name));
	read_group(p, name, buf);
	for (line = buf; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		line += strspn(line, " \t");
		if (*line != '{')
			line[strcspn(line, "#")] = '\0';
		for (len = strlen(line); len > 0 && strchr(" \t\r", line[len - 1]) != NULL; len--)
			line[len - 1] = '\0';
		if (*line == '@')
			errx(WX_CHAIN, "network 'listed': the group '@%s' names another, '%s'", name, escaped(line));
		if (*line != '\0')
			add_entry(l, to, line);
	}
}

static void
add_entries(const struct plan *p, struct listed *l, struct strv *to, const struct strv *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		if (*from->v[i] == '@')
			add_group(p, l, to, from->v[i] + 1);
		else
			add_entry(l, to, from->v[i]);
}

/* ---- what wx-egress says of it */

/* Each fault of the policy on a line, before anything is begun. */
static void
check_policy(const struct listed *l)
{
	const char *const argv[] = { l->program, "--check", NULL };
	char *envp[] = { NULL };
	int policy = listed_policy_file(l), said = task_file(), status;

	if (policy == -1)
		exit(WX_CHAIN);
	status = task_wait(task_start(argv, envp, "/", policy, said, said));
	if (status != 0 && task_say(said, "wx-egress", "network 'listed': "))
		exit(WX_CHAIN);
	if (status != 0)
		errx(WX_CHAIN, "network 'listed': wx-egress --check failed, and said nothing");
	(void)close(said);
	(void)close(policy);
}

/* ---- the plan */

/* A port inside that leads to the host is that and nothing else. */
static void
add_forward(struct listed *l, struct forward f)
{
	size_t i;

	/* Of several profiles. */
	if (l->nforwards == LISTED_FORWARDS)
		errx(WX_CHAIN, "network_forward, --reach: more than %d ports", LISTED_FORWARDS);
	if (f.port == LISTED_PROXY || f.port == 53)
		errx(WX_CHAIN, "network_forward, --reach: port %u inside is wx-egress' own", f.port);
	for (i = 0; i < l->nforwards; i++)
		if (l->forwards[i].port == f.port)
			errx(WX_CHAIN, "network_forward, --reach: port %u stands twice", f.port);
	l->forwards[l->nforwards++] = f;
}

/* "HOSTPORT[:PORT]" of --reach. */
static void
add_reached(struct listed *l, const char *arg)
{
	char *end;
	unsigned long host = strtoul(arg, &end, 10), port = *end == ':' ? strtoul(end + 1, &end, 10) : host;

	if (*arg < '1' || *arg > '9' || *end != '\0' || host > 65535 || port < 1 || port > 65535)
		errx(WX_CHAIN, "'%s' is nothing for --reach: HOSTPORT[:PORT]", escaped(arg));
	add_forward(l, (struct forward){ (unsigned)port, xprintf("127.0.0.1:%lu", host) });
}

/* Of the network "none" with ports of the host's (BARE) they are all that there is. */
static void
add_forwards(const struct request *r, struct listed *l, bool bare)
{
	size_t i;

	for (i = 0; !bare && i < r->network_forward.n; i++)
		add_forward(l, r->network_forward.v[i]);
	for (i = 0; i < r->reach.n; i++)
		add_reached(l, r->reach.v[i]);
}

/* Is it the agent that is run, with its login inside? */
static bool
agent_inside(const struct request *r)
{
	return r->agent.command.n > 0 && r->broker_fd == -1 &&
	    (seed_is_agent(r) || strcmp(r->command.v[0], r->agent.command.v[0]) == 0);
}

static void
plan_listed(const struct request *r, struct plan *p, bool bare)
{
	static const unsigned always[] = { 443, 80, 22 };
	struct listed *l = &p->listed;
	size_t i;

	if (p->engine->machine)
		errx(WX_CHAIN, "engine 'container' has no network 'listed' (-a): its machine has a kernel and a "
		    "network of its own; use -n none or -n open");
	for (i = 0; i < sizeof(always) / sizeof(*always); i++)
		(void)listed_port(l, always[i]);
	if (!bare)
		add_entries(p, l, &l->allow, &r->network_names);
	if (!bare && agent_inside(r))
		add_entries(p, l, &l->allow, &r->agent.names);
	add_entries(p, l, &l->deny, &r->network_deny);
	add_forwards(r, l, bare);
	l->ask = r->network_ask == NULL ? 0 : (unsigned)strtoul(r->network_ask, NULL, 10);
	l->parent = r->network_parent;
	if (r->network_log != NULL)
		l->log = strchr(r->network_log, '/') != NULL ? r->network_log : xprintf("./%s", r->network_log);
	p->helper = HELPER_EGRESS;
	l->program = program_beside("wx-egress");
	if (l->program == NULL)
		errx(WX_CHAIN, "network 'listed' needs wx-egress, which is neither beside wx-run nor on PATH; install "
		    "all of wrapix, or use -n none");
	check_policy(l);
}

void
network_plan(const struct request *r, struct plan *p)
{
	int net = r->net == NULL ? NET_OPEN : parse_net(r->net);
	bool bare;

	if (net == -1)
		errx(WX_CHAIN, "'%s' is no network: open, none, listed or host", r->net);
	p->net = (enum net)net;
	if (r->network_log != NULL && p->net != NET_LISTED)
		errx(WX_CHAIN, "-N '%s' is for the network 'listed': nothing is decided in '%s'", r->network_log, net_name(p->net));
	if (r->reach.n > 0 && p->net != NET_NONE && p->net != NET_LISTED)
		errx(WX_CHAIN, "cannot reach port '%s' of this machine (--reach) with network '%s': it is for -n none and "
		    "-n listed", escaped(r->reach.v[0]), net_name(p->net));
	bare = r->reach.n > 0 && p->net == NET_NONE;
	if (bare)
		p->net = NET_LISTED;
	if (p->net == NET_LISTED)
		plan_listed(r, p, bare);
	if (p->net != NET_OPEN || p->engine->machine)
		return;
	p->helper = net_find_helper();
	if (p->helper == HELPER_NONE && !r->print_plan)
		errx(WX_CHAIN, "network 'open' needs pasta or slirp4netns: install passt "
		    "(apt install passt), or use -n none");
}

void
network_env(const struct request *r, struct plan *p)
{
	static const char *const urls[] = { "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
	    "all_proxy", NULL };
	static const char none[] = "localhost,127.0.0.1,::1,.localhost";
	char *url = xprintf("http://127.0.0.1:%d", LISTED_PROXY);
	bool wanted = p->net == NET_LISTED && r->proxy_env != NULL && strcmp(r->proxy_env, "true") == 0;
	const char *const *n;

	for (n = urls; wanted && *n != NULL; n++)
		env_set(&p->env, *n, url, false);
	free(url);
	if (!wanted)
		return;
	env_set(&p->env, "NO_PROXY", none, false);
	env_set(&p->env, "no_proxy", none, false);
	env_set(&p->env, "NODE_USE_ENV_PROXY", "1", false);
}
