/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/policy.h"
#include "agent/seed.h"
#include "agent/tell.h"
#include "audit/audit.h"
#include "audit/report.h"
#include "audit/snapshot.h"
#include "engine/engine.h"
#include "gituser/gitsettings.h"
#include "guard/guard.h"
#include "guard/sockets.h"
#include "host/host.h"
#include "image/image.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "make/proxyenv.h"
#include "make/sshagent.h"
#include "plan/secrets.h"
#include "publish/publish.h"
#include "run/run.h"
#include "run/signals.h"
#include "show/endjson.h"
#include "sides/runs.h"
#include "sides/sides.h"
#include "state/live.h"
#include "state/state.h"

/* Opened before the run, so that a full disk or a bad path is known in time. */
static FILE *
open_report(const struct request *r, const struct plan *p)
{
	FILE *fp;

	if (r->report == NULL)
		return NULL;
	if (path_inside(r->report, p->project))
		errx(WX_CHAIN, "report '%s' would lie in the project, where the sandbox can "
		    "write it: choose another place", r->report);
	fp = fopen(r->report, "we");
	if (fp == NULL)
		err(WX_CHAIN, "cannot open report '%s'", r->report);
	return fp;
}

/* The same of the network's log, which is opened when the sandbox stands; it is appended to. */
static void
check_log(const struct plan *p)
{
	int fd;

	if (p->listed.log == NULL)
		return;
	if (path_inside(p->listed.log, p->project))
		errx(WX_CHAIN, "the network's log '%s' would lie in the project, where the sandbox can write it: choose "
		    "another place", p->listed.log);
	fd = open(p->listed.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd == -1)
		err(WX_CHAIN, "cannot open the network's log '%s'", p->listed.log);
	(void)close(fd);
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

/* A standard input that secrets came by is the terminal again, as with xargs -o, or nothing. */
static void
renew_input(void)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (tty == -1)
		tty = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (tty == -1 || dup2(tty, STDIN_FILENO) == -1)
		err(WX_CHAIN, "cannot open a new standard input");
	(void)close(tty);
}

/* The secrets of FD. */
static struct secrets *
take_secrets(const struct plan *p, int fd)
{
	struct secrets *s;

	if (fd == -1)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	check_source(fd);
	secrets_read(s, p, fd);
	if (fd == STDIN_FILENO)
		renew_input();
	return s;
}

/* Wait for what FD is to give, as long as that takes, and leave it there. */
static void
wait_for_secrets(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n = 0;

	while (poll(&pfd, 1, -1) == -1)
		if (errno != EINTR)
			err(WX_CHAIN, "cannot wait for secrets of descriptor %d", fd);
	if (ioctl(fd, FIONREAD, &n) == -1 || n == 0)
		errx(WX_CHAIN, "no secret on descriptor %d: the left side of the pipe said nothing", fd);
}

/* Those that wx-api-broker is to read, and nobody else: their descriptor is out of the way. */
static int
keep_secrets(int fd)
{
	int kept;

	if (fd == -1)
		return -1;
	check_source(fd);
	wait_for_secrets(fd);
	kept = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (kept == -1)
		err(WX_CHAIN, "cannot keep descriptor %d", fd);
	if (fd == STDIN_FILENO)
		renew_input();
	else
		(void)close(fd);
	return kept;
}

/* What an early end must not leave behind. */
static struct {
	pid_t             pid;
	struct plan      *plan;
	struct guards    *guards;
	struct state_run  run;
	struct lefts      rest;        /* what the look left out */
	struct sides      git;         /* of this run */
	unsigned long     commits;     /* that came home */
	int               live;        /* what says that we are at work, or -1 */
	bool              held, looked, told, started;
} shared = { .live = -1 };

static void
leave(void)
{
	int mutex;

	if (!shared.held || shared.pid != getpid())
		return;
	shared.held = false;
	shared.plan->engine->abandon();
	/* Where nothing ran there is nothing to be brought home. */
	if (!shared.started)
		sides_remove(&shared.git);
	if (shared.live != -1)
		live_end(shared.plan, shared.live);
	mutex = state_lock(shared.plan);
	state_end(&shared.run, shared.looked, shared.told, &shared.rest);
	(void)close(mutex);
}

static struct home
home_of(const struct request *r, const struct plan *p, struct report *found)
{
	return (struct home){ .plan = p, .report = found, .commits = r->commits };
}

/* Become a user of the project: what a crash left goes, the guards come. */
static void
enter(const struct request *r, struct plan *p, struct guards *g, struct report *found)
{
	struct home h = home_of(r, p, found);
	int mutex;

	state_make(p);
	seed_apply(r, p);
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
	shared.live = live_begin(p, r->profile, r->agent.command.n > 0 ? r->agent.command.v[0] : NULL);
	sides_begin(p, &h, &shared.git);
	guard_find(g, p, true);
	policy_add(p, g);
	guard_mounts(g, p);
	guard_say(g);
	sides_adjust(p, g, r->signing_key != NULL || p->agent_sock != NULL, &shared.git);
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

	h.brought = r->end_fd == -1 ? NULL : &shared.commits;
	return sides_end(p, &h, r->no_import, &shared.git);
}

/* Say what is to be said, before anything that needs the disk or another run's lock; the status
 * is the command's, but for --strict. */
static int
finish(const struct request *r, struct report *found, struct decisions *log, FILE *fp, int status)
{
	(void)report_print(found);
	if (log != NULL)
		decisions_say(log);
	if (fp != NULL) {
		report_json(found, fp);
		if (log != NULL)
			decisions_json(log, fp);
		if (wx_flush(fp) == -1) {
			warn("cannot write report '%s'", r->report);
			return status == 0 ? WX_CHAIN : status;
		}
		(void)fclose(fp);
		shared.told = true;
	}
	return r->strict && report_grave(found) && status == 0 ? WX_CHAIN : status;
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

int
session_run(const struct request *r, struct plan *p)
{
	FILE *fp = open_report(r, p);
	double seconds = walk_time(r);
	struct secrets *env = proxyenv_secrets(r, p, take_secrets(p, r->env_fd)), *files = take_secrets(p, r->file_fd);
	struct report found = { 0 };
	static struct guards g;   /* leave() may need it later than this function */
	struct snapshot snap;
	struct outcome o;
	int status;
	bool ok;

	check_log(p);
	p->brokered.fd = keep_secrets(p->brokered.fd);
	engine_want(p);
	if (p->engine->detached)
		p->image = image_ready(p, r->pull);
	publish_listen(p);
	run_block_signals();
	enter(r, p, &g, &found);
	tell_agent(r, p, &g);
	proxyenv_hint(r, p);
	sshagent_warn(p);
	if (p->net == NET_HOST)
		warnx("network 'host': the command reaches all services of this machine, on "
		    "loopback and by abstract sockets too");
	sides_note(&shared.git);
	shared.started = true;   /* or may have: who is killed cannot say */
	guard_say_open(&g);
	o = p->engine->run(p, env, files, look_before, &snap);
	shared.started = o.started;
	look_after(&o, &snap, p, seconds, &found);
	ok = !o.started || bring_home(r, p, &found);
	status = finish(r, &found, o.log, fp, ok || o.status != 0 ? o.status : WX_CHAIN);
	leave();
	if (r->end_fd != -1 && !endjson_write(r->end_fd, p, &o, status, &found, shared.commits))
		warn("cannot write how the run ended to descriptor %d", r->end_fd);
	if (o.interrupted)
		run_interrupted(o.relayed);
	return status;
}

int
session_import(const struct request *r, struct plan *p)
{
	struct report found = { 0 };
	struct home h = home_of(r, p, &found);
	struct capture git;
	bool ok;

	if (access(p->run_dir, F_OK) == -1)
		return WX_OK;
	if (p->git_program == NULL)
		errx(WX_CHAIN, "git is not on PATH, and what was committed cannot come home: install it (apt install git)");
	gitsettings_start(p, &git);
	gitsettings_finish(p, &git);
	p->protect = r->protect;
	run_block_signals();
	ok = runs_bring(&h, true);
	report_print(&found);
	return ok ? WX_OK : WX_CHAIN;
}
