/* SPDX-License-Identifier: MIT */
/*
 * wx-check: can this machine run what wx-run is asked for? wx-run knows profile and project: it is asked first, and runs
 * us again with what they ask for.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/strv.h"
#include "libcommon/version.h"

static const char usage_text[] =
    "usage: wx-check [-C dir] [-e engine] [-i image] [-n network] [-p profile]\n"
    "       wx-check -a\n"
    "       wx-check -s dir [-a] [-b route] [-e engine] [-i image] [-n network]\n"
    "       wx-check -h | -V\n";

static const struct option options[] = {
	{ "all",       no_argument,       NULL, 'a' },
	{ "broker",    required_argument, NULL, 'b' },
	{ "directory", required_argument, NULL, 'C' },
	{ "engine",    required_argument, NULL, 'e' },
	{ "help",      no_argument,       NULL, 'h' },
	{ "image",     required_argument, NULL, 'i' },
	{ "network",   required_argument, NULL, 'n' },
	{ "profile",   required_argument, NULL, 'p' },
	{ "state",     required_argument, NULL, 's' },
	{ "version",   no_argument,       NULL, 'V' },
	{ NULL,        0,                 NULL, 0 },
};

struct want {
	struct asked asked;
	const char  *profile, *dir;
	bool         all;
};

static void
finish(int code)
{
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(code);
}

static void
one_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'a': w->all = true; break;
	case 'b': w->asked.broker = arg; break;
	case 'C': w->dir = arg; break;
	case 'e': w->asked.engine = arg; break;
	case 'i': w->asked.image = arg; break;
	case 'n': w->asked.network = arg; break;
	case 'p': w->profile = arg; break;
	case 's': w->asked.state = arg; break;
	case 'h':
		(void)fputs(usage_text, stdout);
		finish(WX_OK);
		break;
	case 'V':
		(void)puts("wx-check " WX_VERSION);
		finish(WX_OK);
		break;
	default:
		(void)fputs(usage_text, stderr);
		exit(WX_USAGE);
	}
}

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
	int ch;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "ab:C:e:hi:n:p:s:V", options, NULL)) != -1)
		one_option(&w, ch, optarg);
	if (optind < argc || (w.asked.state != NULL ? w.profile != NULL || w.dir != NULL : w.asked.broker != NULL))
		one_option(&w, '?', NULL);
	if (w.asked.state == NULL)
		ask_wx_run(&w);
	finish((w.all ? check_engines() : check(&w.asked)) ? WX_OK : WX_FAIL);
}
