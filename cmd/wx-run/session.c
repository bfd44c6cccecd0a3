/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/agent.h"
#include "audit/audit.h"
#include "engine/engine.h"
#include "guard/guard.h"
#include "host/host.h"
#include "image/image.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "make/make.h"
#include "publish/publish.h"
#include "run/run.h"
#include "secret/secret.h"
#include "show/show.h"
#include "sides/sides.h"
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

/* What an early end must not leave behind. */
static struct {
	pid_t             pid;
	const struct plan *plan;
	FILE             *report;
	double            seconds;     /* for the look afterwards */
	struct secrets   *env, *files;
	struct report     found;
	const struct guards *guards;
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

static void
say_killed(void)
{
	warnx("an earlier run in this project was killed before anybody looked at what it "
	    "left, or nobody was told: what it did is looked for as well");
}

/* Become a user of the project: what a crash left goes. */
static void
enter(const struct request *r, const struct plan *p)
{
	struct home h = home_of(r, p, &shared.found);
	int mutex;

	state_make(p);
	seed_apply(r, p);
	shared.pid = getpid();
	shared.plan = p;
	if (atexit(leave) != 0)
		errx(WX_CHAIN, "cannot set up an exit");
	mutex = state_lock(p);
	shared.run.since = audit_clock();
	state_begin(p, &shared.run);
	shared.held = true;
	(void)close(mutex);
	shared.live = live_begin(p, r->profile, r->agent.command.n > 0 ? r->agent.command.v[0] : NULL);
	sides_begin(p, &h, &shared.git);
}

void
session_begin(const struct request *r, struct plan *p)
{
	size_t i;

	shared.report = open_report(r, p);
	shared.seconds = walk_time(r);
	shared.env = proxyenv_secrets(r, p, secret_take(p, r->env_fd));
	shared.files = secret_take(p, r->file_fd);
	check_log(p);
	p->brokered.fd = secret_keep(p->brokered.fd);
	engine_want(p);
	if (p->engine->detached)
		p->image = image_ready(p, r->pull);
	for (i = 0; i < p->sides.n; i++)
		p->sides.v[i].image = p->image;
	publish_listen(p);
	run_block_signals();
	enter(r, p);
}

/* What is to be said of a run that is about to start. */
static void
say_first(const struct request *r, const struct plan *p, const struct guards *g)
{
	guard_say(g);
	if (shared.run.killed)
		say_killed();
	proxyenv_hint(r, p);
	sshagent_warn(p);
	if (p->net == NET_HOST)
		warnx("network 'host': the command reaches all services of this machine, on "
		    "loopback and by abstract sockets too");
	guard_say_open(g);
}

/* While the sandbox is built: how things were before, and what else is to be covered. */
static void
look_before(void *snap, struct mounts *late)
{
	snapshot_take(snap, shared.guards);
	sockets_cover(shared.guards, shared.plan, late);
}

/* What was committed comes home. False: it did not, and that was said. */
static bool
bring_home(const struct request *r, const struct plan *p)
{
	struct home h = home_of(r, p, &shared.found);

	h.brought = r->end_fd == -1 ? NULL : &shared.commits;
	return sides_end(p, &h, r->no_import, &shared.git);
}

/* Say what is to be said, before anything that needs the disk or another run's lock; the status
 * is the command's, but for --strict. */
static int
finish(const struct request *r, struct decisions *log, int status)
{
	struct report *found = &shared.found;

	(void)report_print(found);
	if (log != NULL)
		decisions_say(log);
	if (shared.report != NULL) {
		report_json(found, shared.report);
		if (log != NULL)
			decisions_json(log, shared.report);
		if (wx_flush(shared.report) == -1) {
			warn("cannot write report '%s'", r->report);
			return status == 0 ? WX_CHAIN : status;
		}
		(void)fclose(shared.report);
		shared.told = true;
	}
	return r->strict && report_grave(found) && status == 0 ? WX_CHAIN : status;
}

/* What appeared in the work tree, said before anything else is done. */
static void
look_after(const struct outcome *o, const struct snapshot *snap, const struct plan *p)
{
	struct report *found = &shared.found;

	snapshot_restore(snap, shared.guards, p, found);
	if (o->started && state_again(p, &shared.run))
		say_killed();
	if (o->started)
		audit(shared.guards, shared.run.killed ? &shared.run.since : &o->began, shared.run.killed,
		    shared.seconds, &shared.run.left, &shared.rest, found);
	shared.looked = o->started;
	shared.told = report_print(found) || report_empty(found);
}

int
session_run(const struct request *r, const struct plan *p, const struct guards *g)
{
	struct snapshot snap;
	struct outcome o;
	int status;
	bool ok;

	shared.guards = g;
	say_first(r, p, g);
	sides_adjust(p, g, r->signing_key != NULL || p->agent_sock != NULL, &shared.git);
	sides_note(&shared.git);
	shared.started = true;   /* or may have: who is killed cannot say */
	o = p->engine->run(p, shared.env, shared.files, look_before, &snap);
	shared.started = o.started;
	look_after(&o, &snap, p);
	ok = !o.started || bring_home(r, p);
	status = finish(r, o.log, ok || o.status != 0 ? o.status : WX_CHAIN);
	leave();
	if (r->end_fd != -1 && !endjson_write(r->end_fd, p, &o, status, &shared.found, shared.commits))
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
	bool ok;

	if (access(p->run_dir, F_OK) == -1)
		return WX_OK;
	if (p->git_program == NULL)
		errx(WX_CHAIN, "git is not on PATH, and what was committed cannot come home: install it (apt install git)");
	make_import(r, p);
	run_block_signals();
	ok = runs_bring(&h, true);
	report_print(&found);
	return ok ? WX_OK : WX_CHAIN;
}
