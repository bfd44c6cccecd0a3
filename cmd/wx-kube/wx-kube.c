/* SPDX-License-Identifier: MIT */
/*
 * wx-kube: a filter that makes a Pod of Kubernetes of a plan of wx-run.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"
#include "plan.h"
#include "pod.h"

static const char usage_text[] =
    "usage: wx-kube\n"
    "       wx-kube -h | -V\n";

static const struct option options[] = {
	{ "help",      no_argument,       NULL, 'h' },
	{ "version",   no_argument,       NULL, 'V' },
	{ NULL,        0,                 NULL, 0 },
};

static void
finish(void)
{
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(WX_OK);
}

static void
one_option(int ch)
{
	switch (ch) {
	case 'h':
		(void)fputs(usage_text, stdout);
		finish();
		break;
	case 'V':
		(void)puts("wx-kube " WX_VERSION);
		finish();
		break;
	default:
		(void)fputs(usage_text, stderr);
		exit(WX_USAGE);
	}
}

int
main(int argc, char *argv[])
{
	static char text[PLAN_MAX + 1];
	struct plan p;
	ssize_t n;
	int ch;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "hV", options, NULL)) != -1)
		one_option(ch);
	if (optind < argc)
		one_option('?');
	n = wx_read_all(STDIN_FILENO, text, PLAN_MAX);
	if (n == -1)
		err(WX_FAIL, "cannot read a plan from standard input");
	plan_read(&p, text, (size_t)n);
	pod_write(stdout, &p);
	finish();
}
