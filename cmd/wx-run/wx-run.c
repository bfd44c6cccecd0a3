/* SPDX-License-Identifier: MIT */
/*
 * wx-run: run one command in a sandbox that shows it one project. Options and
 * profile become a request (request.h), the request a plan (plan.h), the plan an
 * argv (bwrap.h); run.h runs it. What the sandbox must not change in the project
 * is guarded before (guard.h), and looked at again after (audit.h).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "atwork.h"
#include "engine/engine.h"
#include "fetch/fetch.h"
#include "forget.h"
#include "guard/guard.h"
#include "host/host.h"
#include "inside/inside.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/program.h"
#include "make/make.h"
#include "publish/publish.h"
#include "request/request.h"
#include "run/run.h"
#include "session.h"
#include "show/show.h"
#include "sides/sides.h"
#include "state/state.h"

/* The host's values may be secrets: their place only. */
static void
print_argv(const struct request *r, const struct plan *p)
{
	struct strv argv = { 0 };
	struct plan shown = *p;
	const struct env_var *v;
	char *place;
	size_t i;

	shown.env = (struct env){ 0 };
	for (i = 0; i < p->env.n; i++) {
		v = &p->env.v[i];
		place = xprintf("$%s", v->name);
		env_set(&shown.env, v->name, v->passed ? place : v->value, v->passed);
		free(place);
	}
	p->engine->argv(&shown, &(struct launch){ 0 }, &argv);
	for (i = 0; i < argv.n; i++)
		(void)printf("%s%c", argv.v[i], r->nul ? '\0' : '\n');
}

/* The plan, or something of it, on standard output. */
static int
print(const struct request *r, const struct plan *p, const struct guards *g)
{
	if (r->print_plan)
		planjson_write(stdout, p);
	else if (r->print_argv)
		print_argv(r, p);
	else if (r->print_summary)
		summary_write(stdout, r, p, g);
	else if (!why_host(stdout, p, r->why, r->json))
		why_write(stdout, p, g, r->why, r->json);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

/* Is there no run to come? */
static bool
prints(const struct request *r)
{
	return r->print_plan || r->print_argv || r->print_summary || r->why != NULL;
}

/* Become wx-check, for what R asks of this machine, whether given by options or by a profile. */
static _Noreturn void
check(const struct request *r, const struct plan *p)
{
	char *program = program_beside("wx-check");
	struct strv argv = { 0 };

	if (program == NULL)
		errx(WX_CHAIN, "wx-check, which looks at the machine, is neither beside wx-run nor on PATH");
	strv_add(&argv, "wx-check");
	strv_option(&argv, "-s", p->state);
	strv_option(&argv, "-b", r->agent.broker);
	strv_option(&argv, "-e", r->engine);
	strv_option(&argv, "-i", r->image);
	strv_option(&argv, "-n", r->net);
	if (r->engines)
		strv_add(&argv, "-a");
	(void)execv(program, argv.v);
	err(WX_CHAIN, "cannot run '%s'", program);
}

int
main(int argc, char *argv[])
{
	struct guards g = { 0 };
	struct plan p = { 0 };
	struct request r;

	exit_chain();
	if (strcmp(argv[0], INIT_PATH) == 0)
		init_main(argc, argv);
	if (wx_proc_harden() == -1)
		err(WX_CHAIN, "cannot harden process");
	if (argc > 1 && strcmp(argv[1], SERVE_WORD) == 0)
		serve_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], PUBLISH_WORD) == 0)
		publish_main(argc, argv);
	options_parse(&r, argc, argv);
	if (r.list || r.stop || r.exec)
		return atwork(&r);
	p.no_git = r.no_git;
	p.engine = engine_auto(false);
	host_project(&p, r.dir, !r.no_git);
	p.git_program = host_program("git");
	p.run = prints(&r) ? xstrdup("RUN") : private_name();
	p.brokered.word = prints(&r) ? xstrdup("WORD") : broker_word();
	if (r.supervisor != 0)
		run_supervised((pid_t)r.supervisor);
	run_note_signals();
	state_name(&p);
	p.repo_inside = p.repo.top != NULL && made_inside(&p);
	if (r.forget && !r.no_import && runs_waiting(&p) > 0)
		errx(WX_FAIL, "cannot forget '%s': commits of %u runs have not come home; bring them with "
		    "--import, or say --no-import to lose them", p.project, runs_waiting(&p));
	if (r.forget)
		return forget(&p);
	options_profile(&r, &p);
	state_of_agent(&p, r.agent.states.n == 0 ? NULL : r.agent.states.v[0]);
	if (r.import)
		return session_import(&r, &p);
	if (r.engines || r.check)
		check(&r, &p);
	make_plan(&r, &p, &g, prints(&r) ? NULL : session_begin);
	return prints(&r) ? print(&r, &p, &g) : session_run(&r, &p, &g);
}
