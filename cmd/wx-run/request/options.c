/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extend.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/args.h"
#include "secret/secret.h"
#include "tighten.h"

/* Lines of -V: the commit, and what it was built with; scripts/packaging/rules.mk. */
#ifndef WX_BUILT
#define WX_BUILT ""
#endif

static int
fd_of(const char *s, char opt)
{
	uint64_t n;

	if (strcmp(s, "0") == 0)
		return STDIN_FILENO;
	if (!parse_count(s, 1023, &n) || n < 3)
		errx(WX_CHAIN, "'%s' is no descriptor for -%c: 0, or 3 and above", s, opt);
	/* It is for us alone, and for none of the programs that we ask before the run. */
	if (fcntl((int)n, F_GETFD) == -1 || fcntl((int)n, F_SETFD, FD_CLOEXEC) == -1)
		err(WX_CHAIN, "descriptor %s of -%c is not open", s, opt);
	return (int)n;
}

/* Standard output and error will do as well. */
static int
end_fd_of(const char *s)
{
	uint64_t n;

	if (!parse_count(s, 1023, &n))
		errx(WX_CHAIN, "'%s' is no descriptor for --end-fd: 1 and above", escaped(s));
	if (fcntl((int)n, F_GETFD) == -1)
		err(WX_CHAIN, "descriptor %s of --end-fd is not open", s);
	return (int)n;
}

static void
add_env(struct request *r, const char *arg)
{
	const char *eq = arg + strcspn(arg, "=");
	char *name = xprintf("%.*s", (int)(eq - arg), arg);

	if (!env_name_allowed(name, strlen(name)))
		errx(WX_CHAIN, "cannot set '%s' (-v): %s", name, env_name_wrong);
	env_set(&r->env, name, *eq == '\0' ? "" : eq + 1, *eq == '\0');
	free(name);
}

static void
add_git_config(struct request *r, const char *arg)
{
	size_t name = strcspn(arg, "=");

	if (arg[name] == '\0' || memchr(arg, '.', name) == NULL || *arg == '.' || arg[name - 1] == '.')
		errx(WX_CHAIN, "'%s' is no setting of git's: SECTION.NAME=VALUE", escaped(arg));
	strv_add(&r->git_config, arg);
}

/* To a char * of the request, which owns it. */
static void
set_copy(void *at, const struct args_option *o, const char *arg)
{
	(void)o;
	free(*(char **)at);
	*(char **)at = xstrdup(arg);
}

static void
set_fd(void *at, const struct args_option *o, const char *arg)
{
	*(int *)at = o->letter == 0 ? end_fd_of(arg) : fd_of(arg, (char)o->letter);
}

/* Of more than one value, or what is checked. */
static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct request *r = want;

	switch (o->letter) {
	case 'm':
		if (!usermount_spec(r, arg))
			errx(WX_CHAIN, "'%s' is no mount: SRC[:DEST[:ro|rw]], DEST absolute", arg);
		break;
	case 'v': add_env(r, arg); break;
	default: add_git_config(r, arg);
	}
}

static void
set_git(void *want, const struct args_option *o, const char *arg)
{
	struct request *r = want;

	(void)o;
	if (strcmp(arg, "own") != 0 && strcmp(arg, "none") != 0)
		errx(WX_CHAIN, "'%s' is nothing for --git: own or none", escaped(arg));
	r->no_git = strcmp(arg, "none") == 0;
}

static void
set_supervised(void *want, const struct args_option *o, const char *arg)
{
	struct request *r = want;

	(void)o;
	if (!parse_count(arg, INT_MAX, &r->supervisor))
		errx(WX_CHAIN, "'%s' is no process for --supervised: a number", escaped(arg));
}

#define FLAG(field) ARGS(args_flag, struct request, field)
#define TEXT(field) ARGS(args_text, struct request, field)
#define COPY(field) ARGS(set_copy, struct request, field)
#define LIST(field) ARGS(args_list, struct request, field)
#define FD(field)   ARGS(set_fd, struct request, field)

static const struct args_option options[] = {
	{ '0', "null", NULL, FLAG(nul) },
	{ 'A', "print-argv", NULL, FLAG(print_argv) },
	{ 'a', "allow", "entry", LIST(network_names) },
	{ 'B', "broker-fd", "fd", FD(broker_fd) },
	{ 'C', "project", "dir", TEXT(dir) },
	{ 'c', "cpus", "cpus", COPY(cpus) },
	{ 'E', "env-fd", "fd", FD(env_fd) },
	{ 'e', "engine", "engine", COPY(engine) },
	{ 'F', "file-fd", "fd", FD(file_fd) },
	{ 'H', "hide", "glob", LIST(hide) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'i', "image", "image", COPY(image) },
	{ 'K', "check", NULL, FLAG(check) },
	{ 'k', "ssh-agent", "socket", COPY(agent_sock) },
	{ 'L', "print-plan", NULL, FLAG(print_plan) },
	{ 'M', "memory", "size", COPY(memory) },
	{ 'm', "mount", "src[:dest[:ro|rw]]", ARGS_CALL(set_option) },
	{ 'N', "network-log", "file", TEXT(network_log) },
	{ 'n', "network", "network", COPY(net) },
	{ 'P', "pids", "pids", COPY(pids) },
	{ 'p', "profile", "profile", TEXT(profile) },
	{ 'r', "report", "file", TEXT(report) },
	{ 's', "strict", NULL, FLAG(strict) },
	{ 'T', "timeout", "seconds", COPY(seconds) },
	{ 't', "tool", "tool", LIST(tools) },
	{ 'u', "unprotect", "path", LIST(unprotect) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'v', "env", "name[=value]", ARGS_CALL(set_option) },
	{ 'W', "walk-time", "seconds", COPY(walk) },
	{ 'w', "protect", "path", LIST(protect) },
	{ 'y', "trust-profile", NULL, FLAG(trust) },
	{ 0, "agent-prompt", "text", TEXT(agent_prompt) },
	{ 0, "at", "path", TEXT(at) },
	{ 0, "broker", "route", LIST(brokers) },
	{ 0, "commits", NULL, FLAG(commits) },
	{ 0, "continue", NULL, FLAG(go_on) },
	{ 0, "device", "name", LIST(devices) },
	{ 0, "end-fd", "fd", FD(end_fd) },
	{ 0, "engines", NULL, FLAG(engines) },
	{ 0, "exec", NULL, ARGS_APART(args_flag, struct request, exec) },
	{ 0, "forget", NULL, FLAG(forget) },
	{ 0, "git", "own|none", ARGS_CALL(set_git) },
	{ 0, "git-config", "name=value", ARGS_CALL(set_option) },
	{ 0, "import", NULL, FLAG(import) },
	{ 0, "inbox", NULL, FLAG(inbox) },
	{ 0, "json", NULL, ARGS_APART(args_flag, struct request, json) },
	{ 0, "list", NULL, ARGS_APART(args_flag, struct request, list) },
	{ 0, "nix", NULL, FLAG(nix) },
	{ 0, "no-import", NULL, FLAG(no_import) },
	{ 0, "print-summary", NULL, FLAG(print_summary) },
	{ 0, "proxy-from-env", NULL, FLAG(proxy_from_env) },
	{ 0, "publish", "[hostport:]port", LIST(publish) },
	{ 0, "pull", NULL, FLAG(pull) },
	{ 0, "reach", "hostport[:port]", LIST(reach) },
	{ 0, "resume", "name", TEXT(resume) },
	{ 0, "signing-key", "file", TEXT(signing_key) },
	{ 0, "stop", NULL, ARGS_APART(args_flag, struct request, stop) },
	{ 0, "supervised", "pid", ARGS_CALL(set_supervised) },
	{ 0, "why", "path|host [--json]", TEXT(why) },
};
static const struct args args = { "wx-run",
    "@ [--] [command [argument ...]]\n"
    "--list [--json]\n"
    "--stop [-C dir] [run]\n"
    "--exec [-C dir] [-v name[=value]] [run] -- [command [argument ...]]", ARGS_COUNT(options), false, WX_BUILT };

/*
 * Of runs that are at work: which is meant. "--exec RUN -- COMMAND", and "--exec -- COMMAND", where getopt(3) has taken the
 * "--". AT: the first operand; the first of the command is returned.
 */
static int
of_runs(struct request *r, int argc, char *argv[], int at)
{
	bool ended = strcmp(argv[at - 1], "--") == 0;

	if (r->json && !r->list && r->why == NULL)
		errx(WX_CHAIN, "--json is for --list and --why");
	if (!r->list && !r->stop && !r->exec)
		return at;
	if (r->list + r->stop + r->exec > 1 || (r->list && at < argc) || (r->stop && at + 1 < argc))
		args_misused(&args, NULL);
	if (!args_only(&args, r->exec ? "Cv" : "C", "list stop exec json"))
		errx(WX_CHAIN, "what a run is was said when it began: --list, --stop and --exec go with -C, and --exec "
		    "with -v");
	if (r->stop ? at < argc : !ended && at + 1 < argc && strcmp(argv[at + 1], "--") == 0) {
		r->which = argv[at];
		at += r->stop ? 1 : 2;
	}
	return at;
}

/* After the options, before the profile: an entry of -a asks for the network "listed". */
static void
network_imply(struct request *r)
{
	if (r->network_names.n == 0)
		return;
	if (r->net != NULL && strcmp(r->net, net_name(NET_LISTED)) != 0)
		errx(WX_CHAIN, "cannot allow '%s' (-a) with network '%s': -a is for -n listed",
		    escaped(r->network_names.v[0]), escaped(r->net));
	free(r->net);
	r->net = xstrdup(net_name(NET_LISTED));
}

void
options_parse(struct request *r, int argc, char *argv[])
{
	int at;

	*r = (struct request){ .dir = ".", .env_fd = -1, .file_fd = -1, .broker_fd = -1, .end_fd = -1 };
	at = of_runs(r, argc, argv, args_parse(&args, argc, argv, r));
	for (; at < argc; at++)
		strv_add(&r->command, argv[at]);
	if (r->env_fd != -1 && r->env_fd == r->file_fd)
		errx(WX_CHAIN, "-E and -F cannot read the same descriptor");
	if (r->broker_fd != -1 && (r->broker_fd == r->env_fd || r->broker_fd == r->file_fd))
		errx(WX_CHAIN, "-B cannot read the same descriptor as -E or -F");
	if ((r->go_on || r->resume != NULL) && r->command.n > 0 && *r->command.v[0] != '-')
		errx(WX_CHAIN, "--continue and --resume are for the profile's agent: leave '%s' out", escaped(r->command.v[0]));
	network_imply(r);
	if (r->engine != NULL && !engine_known(r->engine))
		errx(WX_CHAIN, "'%s' is no engine: auto, bwrap, podman or container", r->engine);
}

void
options_profile(struct request *r, const struct plan *p)
{
	const struct request given = *r;

	if (r->profile != NULL) {
		r->profile = extend_find(p, r->profile);
		extend_read(r, p, r->profile);
	}
	tighten_read(r, &given, p);
}
