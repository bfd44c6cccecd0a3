/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extend.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/version.h"
#include "make/network.h"
#include "make/usermount.h"
#include "secret/secret.h"
#include "tighten.h"

/* Lines of -V: the commit, and what it was built with; scripts/packaging/rules.mk. */
#ifndef WX_BUILT
#define WX_BUILT ""
#endif

static const char usage_text[] =
    "usage: wx-run [-0AhKLsVy] [-a entry] [-B fd] [-C dir] [-c cpus] [-E fd]\n"
    "              [-e engine] [-F fd] [-H glob] [-i image] [-k socket] [-M size]\n"
    "              [-m src[:dest[:ro|rw]]] [-N file] [-n network] [-P pids] [-p profile]\n"
    "              [-r file] [-T seconds] [-t tool] [-u path] [-v name[=value]]\n"
    "              [-W seconds] [-w path] [--agent-prompt text] [--at path] [--broker route]\n"
    "              [--commits] [--continue] [--end-fd fd] [--engines] [--forget]\n"
    "              [--git own|none] [--git-config name=value] [--import]\n"
    "              [--inbox] [--no-import] [--print-summary] [--proxy-from-env]\n"
    "              [--publish [hostport:]port] [--pull] [--reach hostport[:port]]\n"
    "              [--resume name] [--signing-key file] [--supervised pid]\n"
    "              [--why path|host [--json]] [--]\n"
    "              [command [argument ...]]\n"
    "       wx-run --list [--json]\n"
    "       wx-run --stop [-C dir] [run]\n"
    "       wx-run --exec [-C dir] [-v name[=value]] [run] -- [command [argument ...]]\n";

/* Options without a letter. */
enum { OPT_AGENT_PROMPT = 256, OPT_AT, OPT_BROKER, OPT_COMMITS, OPT_CONTINUE, OPT_END_FD,
	OPT_ENGINES, OPT_EXEC, OPT_FORGET, OPT_GIT, OPT_GIT_CONFIG, OPT_IMPORT, OPT_INBOX, OPT_JSON, OPT_LIST,
	OPT_NO_IMPORT, OPT_PRINT_SUMMARY, OPT_PROXY_FROM_ENV, OPT_PUBLISH, OPT_PULL, OPT_REACH,
	OPT_RESUME, OPT_SIGNING_KEY, OPT_STOP, OPT_SUPERVISED, OPT_WHY };

static const char shortopts[] = "+0Aa:B:C:c:E:e:F:H:hi:Kk:LM:m:N:n:P:p:r:sT:t:u:Vv:W:w:y";
static const struct option longopts[] = {
	{ "null", no_argument, NULL, '0' },
	{ "print-argv", no_argument, NULL, 'A' },
	{ "allow", required_argument, NULL, 'a' },
	{ "broker-fd", required_argument, NULL, 'B' },
	{ "project", required_argument, NULL, 'C' },
	{ "cpus", required_argument, NULL, 'c' },
	{ "env-fd", required_argument, NULL, 'E' },
	{ "engine", required_argument, NULL, 'e' },
	{ "file-fd", required_argument, NULL, 'F' },
	{ "hide", required_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ "image", required_argument, NULL, 'i' },
	{ "check", no_argument, NULL, 'K' },
	{ "ssh-agent", required_argument, NULL, 'k' },
	{ "print-plan", no_argument, NULL, 'L' },
	{ "memory", required_argument, NULL, 'M' },
	{ "mount", required_argument, NULL, 'm' },
	{ "network-log", required_argument, NULL, 'N' },
	{ "network", required_argument, NULL, 'n' },
	{ "pids", required_argument, NULL, 'P' },
	{ "profile", required_argument, NULL, 'p' },
	{ "pull", no_argument, NULL, OPT_PULL },
	{ "report", required_argument, NULL, 'r' },
	{ "strict", no_argument, NULL, 's' },
	{ "timeout", required_argument, NULL, 'T' },
	{ "tool", required_argument, NULL, 't' },
	{ "unprotect", required_argument, NULL, 'u' },
	{ "version", no_argument, NULL, 'V' },
	{ "env", required_argument, NULL, 'v' },
	{ "walk-time", required_argument, NULL, 'W' },
	{ "protect", required_argument, NULL, 'w' },
	{ "trust-profile", no_argument, NULL, 'y' },
	{ "agent-prompt", required_argument, NULL, OPT_AGENT_PROMPT },
	{ "at", required_argument, NULL, OPT_AT },
	{ "broker", required_argument, NULL, OPT_BROKER },
	{ "commits", no_argument, NULL, OPT_COMMITS },
	{ "continue", no_argument, NULL, OPT_CONTINUE },
	{ "end-fd", required_argument, NULL, OPT_END_FD },
	{ "engines", no_argument, NULL, OPT_ENGINES },
	{ "exec", no_argument, NULL, OPT_EXEC },
	{ "forget", no_argument, NULL, OPT_FORGET },
	{ "git", required_argument, NULL, OPT_GIT },
	{ "git-config", required_argument, NULL, OPT_GIT_CONFIG },
	{ "import", no_argument, NULL, OPT_IMPORT },
	{ "inbox", no_argument, NULL, OPT_INBOX },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "no-import", no_argument, NULL, OPT_NO_IMPORT },
	{ "print-summary", no_argument, NULL, OPT_PRINT_SUMMARY },
	{ "proxy-from-env", no_argument, NULL, OPT_PROXY_FROM_ENV },
	{ "reach", required_argument, NULL, OPT_REACH },
	{ "resume", required_argument, NULL, OPT_RESUME },
	{ "publish", required_argument, NULL, OPT_PUBLISH },
	{ "signing-key", required_argument, NULL, OPT_SIGNING_KEY },
	{ "stop", no_argument, NULL, OPT_STOP },
	{ "supervised", required_argument, NULL, OPT_SUPERVISED },
	{ "why", required_argument, NULL, OPT_WHY },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void
usage(FILE *to, int code)
{
	(void)fputs(usage_text, to);
	if (to == stdout && wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	exit(code);
}

static _Noreturn void
version(void)
{
	(void)printf("wx-run %s\n%s", WX_VERSION, WX_BUILT);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	exit(WX_OK);
}

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

/* Options of one value each: where it goes. */
static char **
slot(struct request *r, int opt)
{
	switch (opt) {
	case 'c': return &r->cpus;
	case 'e': return &r->engine;
	case 'i': return &r->image;
	case 'k': return &r->agent_sock;
	case 'M': return &r->memory;
	case 'n': return &r->net;
	case 'P': return &r->pids;
	case 'T': return &r->seconds;
	case 'W': return &r->walk;
	default: return NULL;
	}
}

/* Options without a value: what they set. */
static bool *
flag(struct request *r, int opt)
{
	switch (opt) {
	case '0': return &r->nul;
	case 'A': return &r->print_argv;
	case 'K': return &r->check;
	case 'L': return &r->print_plan;
	case 's': return &r->strict;
	case 'y': return &r->trust;
	case OPT_COMMITS: return &r->commits;
	case OPT_CONTINUE: return &r->go_on;
	case OPT_ENGINES: return &r->engines;
	case OPT_EXEC: return &r->exec;
	case OPT_FORGET: return &r->forget;
	case OPT_IMPORT: return &r->import;
	case OPT_INBOX: return &r->inbox;
	case OPT_JSON: return &r->json;
	case OPT_LIST: return &r->list;
	case OPT_NO_IMPORT: return &r->no_import;
	case OPT_PRINT_SUMMARY: return &r->print_summary;
	case OPT_PROXY_FROM_ENV: return &r->proxy_from_env;
	case OPT_PULL: return &r->pull;
	case OPT_STOP: return &r->stop;
	default: return NULL;
	}
}

static void
one_option(struct request *r, int opt)
{
	if (flag(r, opt) != NULL) {
		*flag(r, opt) = true;
		return;
	}
	switch (opt) {
	case 'a': strv_add(&r->network_names, optarg); break;
	case 'B': r->broker_fd = fd_of(optarg, 'B'); break;
	case 'C': r->dir = optarg; break;
	case 'E': r->env_fd = fd_of(optarg, 'E'); break;
	case 'F': r->file_fd = fd_of(optarg, 'F'); break;
	case 'H': strv_add(&r->hide, optarg); break;
	case 'h': usage(stdout, WX_OK);
	case 'm':
		if (!usermount_spec(r, optarg))
			errx(WX_CHAIN, "'%s' is no mount: SRC[:DEST[:ro|rw]], DEST absolute", optarg);
		break;
	case 'N': r->network_log = optarg; break;
	case 'p': r->profile = optarg; break;
	case 'r': r->report = optarg; break;
	case 't': strv_add(&r->tools, optarg); break;
	case 'u': strv_add(&r->unprotect, optarg); break;
	case 'V': version();
	case 'v': add_env(r, optarg); break;
	case 'w': strv_add(&r->protect, optarg); break;
	case OPT_AGENT_PROMPT: r->agent_prompt = optarg; break;
	case OPT_AT: r->at = optarg; break;
	case OPT_BROKER: strv_add(&r->brokers, optarg); break;
	case OPT_END_FD: r->end_fd = end_fd_of(optarg); break;
	case OPT_GIT:
		if (strcmp(optarg, "own") != 0 && strcmp(optarg, "none") != 0)
			errx(WX_CHAIN, "'%s' is nothing for --git: own or none", escaped(optarg));
		r->no_git = strcmp(optarg, "none") == 0;
		break;
	case OPT_GIT_CONFIG: add_git_config(r, optarg); break;
	case OPT_PUBLISH: strv_add(&r->publish, optarg); break;
	case OPT_REACH: strv_add(&r->reach, optarg); break;
	case OPT_RESUME: r->resume = optarg; break;
	case OPT_SIGNING_KEY: r->signing_key = optarg; break;
	case OPT_SUPERVISED:
		if (!parse_count(optarg, INT_MAX, &r->supervisor))
			errx(WX_CHAIN, "'%s' is no process for --supervised: a number", escaped(optarg));
		break;
	case OPT_WHY: r->why = optarg; break;
	default:
		if (slot(r, opt) == NULL)
			usage(stderr, WX_CHAIN);
		free(*slot(r, opt));
		*slot(r, opt) = xstrdup(optarg);
	}
}

/*
 * Of runs that are at work: which is meant. OTHERS: options that say what a run is to be. "--exec RUN -- COMMAND", and
 * "--exec -- COMMAND", where getopt(3) has taken the "--".
 */
static void
of_runs(struct request *r, int argc, char *argv[], bool others)
{
	bool ended = strcmp(argv[optind - 1], "--") == 0;

	if (r->json && !r->list && r->why == NULL)
		errx(WX_CHAIN, "--json is for --list and --why");
	if (!r->list && !r->stop && !r->exec)
		return;
	if (r->list + r->stop + r->exec > 1 || (r->list && optind < argc) || (r->stop && optind + 1 < argc))
		usage(stderr, WX_CHAIN);
	if (others)
		errx(WX_CHAIN, "what a run is was said when it began: --list, --stop and --exec go with -C, and --exec "
		    "with -v");
	if (r->stop ? optind < argc : !ended && optind + 1 < argc && strcmp(argv[optind + 1], "--") == 0) {
		r->which = argv[optind];
		optind += r->stop ? 1 : 2;
	}
}

void
options_parse(struct request *r, int argc, char *argv[])
{
	bool others = false;
	int opt;

	*r = (struct request){ .dir = ".", .env_fd = -1, .file_fd = -1, .broker_fd = -1, .end_fd = -1 };
	while ((opt = getopt_long(argc, argv, shortopts, longopts, NULL)) != -1) {
		one_option(r, opt);
		others |= opt != 'C' && opt != OPT_LIST && opt != OPT_STOP && opt != OPT_EXEC && opt != OPT_JSON &&
		    (opt != 'v' || !r->exec);
	}
	of_runs(r, argc, argv, others);
	for (; optind < argc; optind++)
		strv_add(&r->command, argv[optind]);
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

	if (r->profile != NULL)
		extend_read(r, p, r->profile);
	tighten_read(r, &given, p);
}
