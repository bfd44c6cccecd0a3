/* SPDX-License-Identifier: MIT */
/*
 * wx-check: can this machine run what wx-run is asked for? wx-run knows profile and project: it is asked first, and runs
 * us again with what they ask for.
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/strv.h"

struct want {
	struct asked asked;
	const char  *profile, *dir;
	bool         all;
};

static const struct args_option options[] = {
	{ 'a', "all", NULL, ARGS(args_flag, struct want, all) },
	{ 'b', "broker", "route", ARGS(args_text, struct want, asked.broker) },
	{ 'C', "directory", "dir", ARGS(args_text, struct want, dir) },
	{ 'e', "engine", "engine", ARGS(args_text, struct want, asked.engine) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'i', "image", "image", ARGS(args_text, struct want, asked.image) },
	{ 'n', "network", "network", ARGS(args_text, struct want, asked.network) },
	{ 'p', "profile", "profile", ARGS(args_text, struct want, profile) },
	{ 's', "state", "dir", ARGS(args_text, struct want, asked.state) },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-check",
    "[-C dir] [-e engine] [-i image] [-n network] [-p profile]\n"
    "-a\n"
    "-s dir [-a] [-b route] [-e engine] [-i image] [-n network]\n"
    "-h | -V", ARGS_COUNT(options), true, NULL };

/* Become wx-run, which becomes us with -s. */
static _Noreturn void
ask_wx_run(const struct want *w)
{
	struct strv argv = { 0 };
	char *program = program_beside("wx-run");

	if (program == NULL)
		errx(WX_FAIL, "wx-run is neither beside wx-check nor on PATH");
	strv_add(&argv, "wx-run");
	strv_option(&argv, "-C", w->dir);
	strv_option(&argv, "-p", w->profile);
	strv_option(&argv, "-e", w->asked.engine);
	strv_option(&argv, "-i", w->asked.image);
	strv_option(&argv, "-n", w->asked.network);
	strv_add(&argv, w->all ? "--engines" : "--check");
	(void)execv(program, argv.v);
	err(WX_FAIL, "cannot run '%s'", program);
}

int
main(int argc, char *argv[])
{
	struct want w = { 0 };
	int at;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	at = args_parse(&args, argc, argv, &w);
	if (at < argc || (w.asked.state != NULL ? w.profile != NULL || w.dir != NULL : w.asked.broker != NULL))
		args_misused(&args, NULL);
	if (w.asked.state == NULL)
		ask_wx_run(&w);
	exit_flushed((w.all ? check_engines() : check(&w.asked)) ? WX_OK : WX_FAIL);
}
