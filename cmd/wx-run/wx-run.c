/* SPDX-License-Identifier: MIT */
/*
 * wx-run: run one command in a sandbox that shows it one project. Options and
 * profile become a request (request.h), the request a plan (plan.h), the plan an
 * argv (bwrap.h); run.h runs it. What the sandbox must not change in the project
 * is guarded before (guard.h), and looked at again after (audit.h).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/audit.h"
#include "engine/bwrap.h"
#include "check/check.h"
#include "engine/conrun.h"
#include "engine/container.h"
#include "check/engines.h"
#include "forget.h"
#include "git/overrides.h"
#include "git/runs.h"
#include "git/serve.h"
#include "guard/fixed.h"
#include "guard/guard.h"
#include "host/gitsettings.h"
#include "host/host.h"
#include "image/image.h"
#include "inside/init.h"
#include "host/inside.h"
#include "show/kube.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"
#include "guard/sockets.h"
#include "engine/podman.h"
#include "show/planjson.h"
#include "request/profile.h"
#include "request/request.h"
#include "plan/secrets.h"
#include "audit/report.h"
#include "run/run.h"
#include "audit/snapshot.h"
#include "state/state.h"
#include "show/summary.h"
#include "show/tell.h"

static const char usage_text[] =
    "usage: wx-run [-0AhKLsVy] [-C dir] [-c cpus] [-E fd] [-e engine] [-F fd]\n"
    "              [-H glob] [-i image] [-k socket] [-M size] [-m src[:dest[:ro|rw]]]\n"
    "              [-n network] [-P pids] [-p profile] [-r file] [-T seconds]\n"
    "              [-t tool] [-u path] [-v name[=value]] [-W seconds] [-w path]\n"
    "              [--agent-prompt text] [--at path] [--commits] [--connection name]\n"
    "              [--engines] [--forget] [--git own|none] [--git-config name=value]\n"
    "              [--import] [--no-import] [--print-kube] [--print-summary] [--pull]\n"
    "              [--signing-key file] [--supervised pid] [--] [command [argument ...]]\n";

/* Options without a letter. */
enum { OPT_AGENT_PROMPT = 256, OPT_AT, OPT_COMMITS, OPT_CONNECTION, OPT_ENGINES, OPT_FORGET, OPT_GIT,
	OPT_GIT_CONFIG, OPT_IMPORT, OPT_NO_IMPORT, OPT_PRINT_KUBE, OPT_PRINT_SUMMARY, OPT_PULL, OPT_SIGNING_KEY, OPT_SUPERVISED };

static const char shortopts[] = "+0AC:c:E:e:F:H:hi:Kk:LM:m:n:P:p:r:sT:t:u:Vv:W:w:y";
static const struct option longopts[] = {
	{ "null", no_argument, NULL, '0' },
	{ "print-argv", no_argument, NULL, 'A' },
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
	{ "commits", no_argument, NULL, OPT_COMMITS },
	{ "connection", required_argument, NULL, OPT_CONNECTION },
	{ "engines", no_argument, NULL, OPT_ENGINES },
	{ "forget", no_argument, NULL, OPT_FORGET },
	{ "git", required_argument, NULL, OPT_GIT },
	{ "git-config", required_argument, NULL, OPT_GIT_CONFIG },
	{ "import", no_argument, NULL, OPT_IMPORT },
	{ "no-import", no_argument, NULL, OPT_NO_IMPORT },
	{ "print-kube", no_argument, NULL, OPT_PRINT_KUBE },
	{ "print-summary", no_argument, NULL, OPT_PRINT_SUMMARY },
	{ "signing-key", required_argument, NULL, OPT_SIGNING_KEY },
	{ "supervised", required_argument, NULL, OPT_SUPERVISED },
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
	(void)printf("wx-run %s\n", WX_VERSION);
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
	if (fcntl((int)n, F_GETFD) == -1)
		err(WX_CHAIN, "descriptor %s of -%c is not open", s, opt);
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
		errx(WX_CHAIN, "'%s' is no setting of git's: SECTION.NAME=VALUE", shown(arg));
	words_add(&r->git_config, arg);
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

/* A plan is of this machine through and through: see wx-run(1). */
static _Noreturn void
refuse_connection(const char *name)
{
	errx(WX_CHAIN, "cannot run on podman's connection '%s': the project, the state and wx-run "
	    "itself are files of this machine, and secrets, system call filter and network "
	    "come by its descriptors; make a Pod of it: wx-run --print-kube ... | podman "
	    "--connection NAME kube play -", shown(name));
}

static void
one_option(struct request *r, int opt)
{
	switch (opt) {
	case '0': r->nul = true; break;
	case 'A': r->print_argv = true; break;
	case 'C': r->dir = optarg; break;
	case 'E': r->env_fd = fd_of(optarg, 'E'); break;
	case 'F': r->file_fd = fd_of(optarg, 'F'); break;
	case 'H': words_add(&r->hide, optarg); break;
	case 'h': usage(stdout, WX_OK);
	case 'K': r->check = true; break;
	case 'L': r->print_plan = true; break;
	case 'm':
		if (!request_mount_spec(r, optarg))
			errx(WX_CHAIN, "'%s' is no mount: SRC[:DEST[:ro|rw]], DEST absolute", optarg);
		break;
	case 'p': r->profile = optarg; break;
	case 'r': r->report = optarg; break;
	case 's': r->strict = true; break;
	case 't': words_add(&r->tools, optarg); break;
	case 'u': words_add(&r->unprotect, optarg); break;
	case 'V': version();
	case 'v': add_env(r, optarg); break;
	case 'w': words_add(&r->protect, optarg); break;
	case 'y': r->trust = true; break;
	case OPT_AGENT_PROMPT: r->agent_prompt = optarg; break;
	case OPT_AT: r->at = optarg; break;
	case OPT_COMMITS: r->commits = true; break;
	case OPT_CONNECTION: refuse_connection(optarg);
	case OPT_ENGINES: r->engines = true; break;
	case OPT_FORGET: r->forget = true; break;
	case OPT_GIT:
		if (strcmp(optarg, "own") != 0 && strcmp(optarg, "none") != 0)
			errx(WX_CHAIN, "'%s' is nothing for --git: own or none", shown(optarg));
		r->no_git = strcmp(optarg, "none") == 0;
		break;
	case OPT_GIT_CONFIG: add_git_config(r, optarg); break;
	case OPT_IMPORT: r->import = true; break;
	case OPT_NO_IMPORT: r->no_import = true; break;
	case OPT_PRINT_KUBE: r->print_kube = true; break;
	case OPT_PRINT_SUMMARY: r->print_summary = true; break;
	case OPT_PULL: r->pull = true; break;
	case OPT_SIGNING_KEY: r->signing_key = optarg; break;
	case OPT_SUPERVISED:
		if (!parse_count(optarg, INT_MAX, &r->supervisor))
			errx(WX_CHAIN, "'%s' is no process for --supervised: a number", shown(optarg));
		break;
	default:
		if (slot(r, opt) == NULL)
			usage(stderr, WX_CHAIN);
		free(*slot(r, opt));
		*slot(r, opt) = xstrdup(optarg);
	}
}

static void
parse_options(struct request *r, int argc, char *argv[])
{
	int opt;

	*r = (struct request){ .dir = ".", .env_fd = -1, .file_fd = -1 };
	while ((opt = getopt_long(argc, argv, shortopts, longopts, NULL)) != -1)
		one_option(r, opt);
	for (; optind < argc; optind++)
		words_add(&r->command, argv[optind]);
	if (r->env_fd != -1 && r->env_fd == r->file_fd)
		errx(WX_CHAIN, "-E and -F cannot read the same descriptor");
	if (r->engine != NULL && !engine_known(r->engine))
		errx(WX_CHAIN, "'%s' is no engine: auto, bwrap, podman or container", r->engine);
}

/* A profile is the user's word; one that the sandbox can write is not. */
static void
read_profile(struct request *r, const struct plan *p)
{
	if (r->profile == NULL)
		return;
	if (!r->trust && inside(r->profile, p->project))
		errx(WX_CHAIN, "profile '%s' lies in the project, where the sandbox can write "
		    "it: move it, or say --trust-profile", r->profile);
	profile_read(r, r->profile);
}

/* Opened before the run, so that a full disk or a bad path is known in time. */
static FILE *
open_report(const struct request *r, const struct plan *p)
{
	FILE *fp;

	if (r->report == NULL)
		return NULL;
	if (inside(r->report, p->project))
		errx(WX_CHAIN, "report '%s' would lie in the project, where the sandbox can "
		    "write it: choose another place", r->report);
	fp = fopen(r->report, "we");
	if (fp == NULL)
		err(WX_CHAIN, "cannot open report '%s'", r->report);
	return fp;
}

static double
walk_time(const struct request *r)
{
	double seconds = 0.5;
	char *end;

	if (r->walk == NULL)
		return seconds;
	seconds = strtod(r->walk, &end);
	if (end == r->walk || *end != '\0' || !(seconds >= 0) || seconds > 1e6)
		errx(WX_CHAIN, "'%s' is no number of seconds for -W", r->walk);
	return seconds;
}

/* The plan, or its argv, on standard output. */
static int
print(const struct request *r, struct plan *p)
{
	struct words options = { 0 }, argv = { 0 };
	struct guards g;
	size_t i;

	guard_find(&g, p, false);
	guard_mounts(&g, p);
	tell_agent(r, p, &g);
	/* The host's values may be secrets: their place only. */
	for (i = 0; i < p->env.n; i++)
		if (p->env.v[i].passed)
			p->env.v[i].value = xprintf("$%s", p->env.v[i].name);
	if (r->print_plan) {
		planjson_write(stdout, p);
	} else {
		if (p->engine == ENGINE_PODMAN) {
			podman_argv(p, NULL, 0, "sent", &argv);
		} else if (p->engine == ENGINE_CONTAINER) {
			container_argv(p, NULL, NULL, false, &argv);
		} else {
			bwrap_options(p, NULL, &options);
			bwrap_argv(p, &options, 0, "own", &argv);
		}
		for (i = 0; i < argv.n; i++)
			(void)printf("%s%c", argv.v[i], r->nul ? '\0' : '\n');
	}
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

static int
print_summary(const struct request *r, struct plan *p)
{
	struct guards g;

	guard_find(&g, p, false);
	summary_write(stdout, r, p, &g);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

static int
print_kube(const struct plan *p)
{
	kube_write(stdout, p);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

/* What others can read is no secret (as wx-token-env has it); a file without a
 * name, a here-document's or a memfd, is opened by nobody else. */
static void
check_source(int fd)
{
	struct stat st;
	mode_t may;

	if (fstat(fd, &st) == -1)
		err(WX_CHAIN, "cannot read secrets from descriptor %d", fd);
	if (isatty(fd) == 1)
		errx(WX_CHAIN, "refusing to read secrets from a terminal, which would show them; "
		    "pipe them in");
	may = st.st_uid == 0 ? S_IRWXU | S_IRGRP : S_IRWXU;
	if (S_ISREG(st.st_mode) && st.st_nlink > 0 && (st.st_mode & 0777 & ~may) != 0)
		errx(WX_CHAIN, "refusing secrets of descriptor %d: others have access to the file "
		    "(mode %04o); mend it with: chmod %s -- FILE", fd,
		    (unsigned)(st.st_mode & 07777), st.st_uid == 0 ? "g-wx,o=" : "go=");
}

/* The secrets of FD; a standard input that they came by is the terminal again, as
 * with xargs -o, or nothing. */
static struct secrets *
take_secrets(const struct plan *p, int fd)
{
	struct secrets *s;
	int tty;

	if (fd == -1)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	check_source(fd);
	secrets_read(s, p, fd);
	if (fd == STDIN_FILENO) {
		tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
		if (tty == -1)
			tty = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (tty == -1 || dup2(tty, STDIN_FILENO) == -1)
			err(WX_CHAIN, "cannot open a new standard input");
		(void)close(tty);
	}
	return s;
}

/* What an early end must not leave behind. */
static struct {
	pid_t             pid;
	struct plan      *plan;
	struct guards    *guards;
	struct state_run  run;
	struct lefts      rest;        /* what the look left out */
	struct private    git;         /* of this run; lock -1: there is none */
	bool              held, looked, told, started;
} shared = { .git = { .lock = -1 } };

static void
leave(void)
{
	int mutex;

	if (!shared.held || shared.pid != getpid())
		return;
	shared.held = false;
	run_abandon();
	conrun_abandon();
	/* Where nothing ran there is nothing to be brought home. */
	if (shared.git.lock != -1 && !shared.started)
		private_remove(&shared.git);
	mutex = state_lock(shared.plan);
	state_end(&shared.run, shared.looked, shared.told, &shared.rest);
	(void)close(mutex);
}

static struct home
home_of(const struct request *r, const struct plan *p, struct report *found)
{
	return (struct home){ .plan = p, .report = found, .commits = r->commits };
}

static void
want_git(const struct plan *p)
{
	if (p->git_program == NULL)
		errx(WX_CHAIN, "git is not on PATH, and what is committed inside could not come home: install "
		    "it (apt install git), or run without a repository: --git none");
}

/* Bring home what earlier runs left, and make this one's git directory. */
static void
prepare_git(const struct request *r, struct plan *p, struct report *found)
{
	char *dot = xprintf("%s/.git", p->project);
	struct home h = home_of(r, p, found);

	if (p->repo.top != NULL) {
		want_git(p);
		(void)runs_bring(&h, false);
		private_make(p, &shared.git);
	} else if (!p->no_git) {
		(void)runs_made_inside(p, dot, true);
	}
	free(dot);
}

/* What is otherwise in this run than in the host's repository. */
static void
adjust_git(const struct request *r, const struct plan *p, const struct guards *g)
{
	struct words fixed = { 0 };

	if (shared.git.lock == -1)
		return;
	fixed_read_only(g, &fixed);
	fixed_hidden(g, p, &fixed);
	overrides_write(&shared.git, p, &fixed, r->signing_key != NULL || p->agent_sock != NULL);
}

/* Become a user of the project: what a crash left goes, the guards come. */
static void
enter(const struct request *r, struct plan *p, struct guards *g, struct report *found)
{
	int mutex;

	state_make(p);
	*g = (struct guards){ 0 };
	shared.pid = getpid();
	shared.plan = p;
	shared.guards = g;
	if (atexit(leave) != 0)
		errx(WX_CHAIN, "cannot set up an exit");
	mutex = state_lock(p);
	shared.run.since = audit_clock();
	state_begin(p, &shared.run);
	shared.held = true;
	(void)close(mutex);
	prepare_git(r, p, found);
	guard_find(g, p, true);
	guard_mounts(g, p);
	guard_say(g);
	adjust_git(r, p, g);
	if (shared.run.killed)
		warnx("an earlier run in this project was killed before anybody looked at what it "
		    "left, or nobody was told: what it did is looked for as well");
}

/* While the sandbox is built: how things were before, and what else is to be covered. */
static void
look_before(void *snap)
{
	snapshot_take(snap, shared.guards);
	sockets_cover(shared.guards, shared.plan);
}

/* What was committed comes home. False: it did not, and that was said. */
static bool
bring_home(const struct request *r, const struct plan *p, struct report *found)
{
	struct home h = home_of(r, p, found);
	char *dot = xprintf("%s/.git", p->project);
	bool ok = true;

	if (p->repo.top == NULL) {
		if (!p->no_git)
			(void)runs_made_inside(p, dot, false);
	} else if (shared.git.lock != -1) {
		if (private_changed(&shared.git)) {
			if (r->no_import)
				warnx("what was committed is kept in '%s'; wx-run --import brings it home",
				    shared.git.path);
			ok = !r->no_import && home_bring(&shared.git, &h);
		}
		if (ok)
			private_remove(&shared.git);
		else
			runs_keep(&shared.git);
	}
	free(dot);
	return ok || r->no_import;
}

/* Say what is to be said, before anything that needs the disk or another run's lock; the status
 * is the command's, but for --strict. */
static int
finish(const struct request *r, struct report *found, FILE *fp, int status)
{
	(void)report_print(found);
	if (fp != NULL) {
		report_json(found, fp);
		if (wx_flush(fp) == -1) {
			warn("cannot write report '%s'", r->report);
			return status == 0 ? WX_CHAIN : status;
		}
		(void)fclose(fp);
		shared.told = true;
	}
	return r->strict && report_grave(found) && status == 0 ? WX_CHAIN : status;
}

static void
want_engine(const struct request *r, struct plan *p)
{
	if (p->engine == ENGINE_BWRAP && p->bwrap == NULL)
		errx(WX_CHAIN, "bwrap is not on PATH: install bubblewrap (apt install bubblewrap)");
	if (p->engine == ENGINE_PODMAN && p->podman == NULL)
		errx(WX_CHAIN, "podman is not on PATH: install it (apt install podman)");
	if (p->engine == ENGINE_CONTAINER && p->container == NULL)
		errx(WX_CHAIN, "container is not on PATH: it is Apple's, for macOS "
		    "(https://github.com/apple/container)");
	if (p->engine == ENGINE_PODMAN)
		p->image = image_ready(p, r->pull);
}

/* What appeared in the work tree, said before anything else is done. */
static void
look_after(const struct outcome *o, const struct snapshot *snap, struct plan *p, double seconds,
    struct report *found)
{
	snapshot_restore(snap, shared.guards, p, found);
	if (o->started)
		audit(shared.guards, shared.run.killed ? &shared.run.since : &o->began, shared.run.killed,
		    seconds, &shared.run.left, &shared.rest, found);
	shared.looked = o->started;
	shared.told = report_print(found) || report_empty(found);
}

static int
run(const struct request *r, struct plan *p)
{
	FILE *fp = open_report(r, p);
	double seconds = walk_time(r);
	struct secrets *env = take_secrets(p, r->env_fd), *files = take_secrets(p, r->file_fd);
	struct report found = { 0 };
	static struct guards g;   /* leave() may need it later than this function */
	struct snapshot snap;
	struct outcome o;
	int status;
	bool ok;

	want_engine(r, p);
	run_block_signals();
	enter(r, p, &g, &found);
	tell_agent(r, p, &g);
	if (p->net == NET_HOST)
		warnx("network 'host': the command reaches all services of this machine, on "
		    "loopback and by abstract sockets too");
	if (shared.git.lock != -1)
		private_note(&shared.git);
	shared.started = true;   /* or may have: who is killed cannot say */
	if (p->engine == ENGINE_CONTAINER) {
		guard_say_open(&g);
		o = conrun_plan(p, env, files, look_before, &snap);
	} else {
		o = run_plan(p, env, files, look_before, &snap);
	}
	shared.started = o.started;
	look_after(&o, &snap, p, seconds, &found);
	ok = !o.started || bring_home(r, p, &found);
	status = finish(r, &found, fp, ok || o.status != 0 ? o.status : WX_CHAIN);
	leave();
	if (o.interrupted)
		run_interrupted(o.relayed);
	return status;
}

/* --import: what runs left comes home, and nothing is run. */
static int
import(const struct request *r, struct plan *p)
{
	struct report found = { 0 };
	struct home h = home_of(r, p, &found);
	struct capture git;
	bool ok;

	if (access(p->run_dir, F_OK) == -1)
		return WX_OK;
	want_git(p);
	p->bwrap = host_program("bwrap");
	gitsettings_start(p, &git);
	gitsettings_finish(p, &git);
	p->protect = r->protect;
	run_block_signals();
	ok = runs_bring(&h, true);
	report_print(&found);
	return ok ? WX_OK : WX_CHAIN;
}

int
main(int argc, char *argv[])
{
	struct plan p = { 0 };
	struct request r;

	if (strcmp(argv[0], INIT_PATH) == 0)
		init_main(argc, argv);
	if (wx_proc_harden() == -1)
		err(WX_CHAIN, "cannot harden process");
	if (argc > 1 && strcmp(argv[1], SERVE_WORD) == 0)
		serve_main(argc, argv);
	parse_options(&r, argc, argv);
	p.no_git = r.no_git;
	host_project(&p, r.dir, !r.no_git);
	p.git_program = host_program("git");
	p.run = r.print_plan || r.print_argv || r.print_summary ? xstrdup("RUN") : private_name();
	if (r.supervisor != 0)
		run_supervised((pid_t)r.supervisor);
	run_note_signals();
	state_name(&p);
	p.repo_inside = p.repo.top != NULL && !p.repo.file && runs_made_inside(&p, p.repo.dir, true);
	if (r.forget && !r.no_import && runs_waiting(&p) > 0)
		errx(WX_FAIL, "cannot forget '%s': commits of %u runs have not come home; bring them with "
		    "--import, or say --no-import to lose them", p.project, runs_waiting(&p));
	if (r.forget)
		return forget(&p);
	read_profile(&r, &p);
	state_of_agent(&p, r.agent.state);
	if (r.import)
		return import(&r, &p);
	if (r.engines)
		return engines(&p);
	if (r.check)
		return check(&r, &p);
	if (r.print_kube)
		kube_refuse(&r);
	request_plan(&r, &p);
	if (r.print_kube)
		return print_kube(&p);
	if (r.print_plan || r.print_argv)
		return print(&r, &p);
	if (r.print_summary)
		return print_summary(&r, &p);
	return run(&r, &p);
}
