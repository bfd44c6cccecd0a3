/* SPDX-License-Identifier: MIT */
#include "atwork.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"
#include "run/run.h"
#include "state/state.h"

/* ---- list ---- */

static void
member(const char *name, const char *value)
{
	(void)printf(", \"%s\": ", name);
	if (value == NULL || *value == '\0')
		(void)fputs("null", stdout);
	else
		wx_json_string(stdout, value);
}

static void
print_json(const struct live *l)
{
	char *since = live_since(l->run);

	(void)printf("{\"run\": \"%s\"", l->run);
	member("project", l->project);
	member("profile", l->profile);
	member("agent", l->agent);
	member("since", since);
	member("engine", l->engine);
	if (l->pid > 0)
		(void)printf(", \"pid\": %ld}\n", l->pid);
	else
		(void)fputs(", \"pid\": null}\n", stdout);
	free(since);
}

/* With tabs, as --print-summary. */
static void
print_line(const struct live *l)
{
	char *since = live_since(l->run), *project = escaped(l->project), *what;

	what = escaped(*l->profile != '\0' ? l->profile : *l->agent != '\0' ? l->agent : "-");
	(void)printf("%s\t%s\t%s\t%s\t%s\t", l->run, project, what, since, l->engine);
	if (l->pid > 0)
		(void)printf("%ld\n", l->pid);
	else
		(void)puts("-");
	free(what);
	free(project);
	free(since);
}

static int
list(const struct request *r, const struct lives *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		(r->json ? print_json : print_line)(&all->v[i]);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

/* ---- which ---- */

/* Is L the run WHICH, its wx-run's process, or one of the project that the directory REAL is in? */
static bool
meant(const struct live *l, const char *which, const char *real)
{
	char *pid = xprintf("%ld", l->pid);
	bool yes = which != NULL && (strcmp(which, l->run) == 0 || (l->pid > 0 && strcmp(which, pid) == 0));

	free(pid);
	return yes || (real != NULL && path_within(real, l->project));
}

static void
choose(const struct request *r, const struct lives *all, struct lives *out)
{
	char *real = realpath(r->which == NULL ? r->dir : r->which, NULL);
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (!meant(&all->v[i], r->which, real))
			continue;
		if (out->n == out->cap)
			out->v = xgrow(out->v, &out->cap, sizeof(*out->v));
		out->v[out->n++] = all->v[i];
	}
	if (out->n == 0 && r->which != NULL && real == NULL)
		errx(WX_CHAIN, "no run '%s' is at work; wx-run --list has those that are", escaped(r->which));
	free(real);
}

/* ---- stop ---- */

/*
 * Its number is that of its wx-run while the lock is held: asked after the process is in our hand, that
 * is the one that had the lock before as well.
 */
static void
stop_one(const struct plan *p, const struct live *l)
{
	char *project = escaped(l->project);
	pid_t pid = (pid_t)l->pid;
	int fd;

	if (l->pid == 0)
		errx(WX_CHAIN, "cannot stop run %s: it is in another PID namespace (a container?); do it there", l->run);
	fd = wx_proc_fd(pid);
	if (live_there(p, l) && wx_proc_signal(fd, pid, SIGTERM, LIVE_STOP) == -1 && errno != ESRCH)
		err(WX_CHAIN, "cannot stop run %s", l->run);
	/* Somebody may have stopped it by ^Z. */
	if (live_there(p, l))
		(void)wx_proc_signal(fd, pid, SIGCONT, 0);
	if (fd != -1 || live_there(p, l))
		wx_proc_await(fd, pid);
	if (fd != -1)
		(void)close(fd);
	(void)printf("stopped\t%s\t%s\n", l->run, project);
	free(project);
}

static int
stop(const struct plan *p, const struct lives *some)
{
	size_t i;

	if (some->n == 0)
		warnx("no run is at work there");
	for (i = 0; i < some->n; i++)
		stop_one(p, &some->v[i]);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

/* ---- exec ---- */

/* On top of the run's own environment: its terminal, and what -v says. */
static void
set_env(const struct request *r, struct plan *p)
{
	const char *value = getenv("TERM");
	size_t i;

	if (value != NULL && (isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1))
		env_set(&p->env, "TERM", value, false);
	for (i = 0; i < r->env.n; i++) {
		value = r->env.v[i].passed ? getenv(r->env.v[i].name) : r->env.v[i].value;
		if (value != NULL)
			env_set(&p->env, r->env.v[i].name, value, r->env.v[i].passed);
	}
}

static int
join_run(const struct request *r, struct plan *p, const struct lives *some)
{
	const struct engine *engine;
	struct outcome o;
	int sock, words;

	if (some->n == 0)
		errx(WX_CHAIN, "no run is at work there; wx-run --list has those that are");
	if (some->n > 1)
		errx(WX_CHAIN, "%zu runs are at work there: say which (wx-run --list has them)", some->n);
	engine = engine_find(some->v[0].engine);
	if (engine == NULL || engine->machine)
		errx(WX_CHAIN, "engine 'container' has no door (--exec); it has an exec of its own: container exec");
	if (!door_ask(p, some->v[0].run, &sock, &words))
		err(WX_TEMP, "cannot join run %s: it has not begun, or ends", some->v[0].run);
	p->command = r->command;
	if (p->command.n == 0)
		strv_add(&p->command, engine->needs_image ? "/bin/sh" : p->shell);
	p->net = NET_NONE;   /* to be made for it: it has the run's */
	set_env(r, p);
	run_note_signals();
	run_block_signals();
	o = run_joined(p, sock, words);
	if (o.interrupted)
		run_interrupted(o.relayed);
	return o.status;
}

int
atwork(const struct request *r)
{
	struct lives all = { 0 }, some = { 0 };
	struct plan p = { .engine = engine_auto(false) };   /* one that joins has none of its own */

	/* Root has no runs; those of the project's owner are meant. */
	if (getuid() == 0)
		host_project(&p, r->dir, false);
	else
		host_user(&p);
	live_list(&p, &all);
	if (r->list)
		return list(r, &all);
	choose(r, &all, &some);
	return r->stop ? stop(&p, &some) : join_run(r, &p, &some);
}
