/* SPDX-License-Identifier: MIT */
/*
 * wx-kube: a filter that makes a Pod of Kubernetes of a plan of wx-run.
 */
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"
#include "plan.h"
#include "pod.h"

static const struct args_option options[] = {
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-kube", "\n-h | -V", ARGS_COUNT(options), true, NULL };

int
main(int argc, char *argv[])
{
	static char text[PLAN_MAX + 1];
	struct plan p;
	ssize_t n;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	if (args_parse(&args, argc, argv, NULL) < argc)
		args_misused(&args, NULL);
	n = wx_read_all(STDIN_FILENO, text, PLAN_MAX);
	if (n == -1)
		err(WX_FAIL, "cannot read a plan from standard input");
	plan_read(&p, text, (size_t)n);
	pod_write(stdout, &p);
	exit_flushed(WX_OK);
}
