/* SPDX-License-Identifier: MIT */
/*
 * wx-allow: change, from outside, which hosts a sandbox that runs may reach; the client of wx-egress' control socket.
 */
#include <sys/socket.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "run.h"
#include "talk.h"

#include "libcommon/exitcode.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"

#define SECONDS (30 * 60)

struct want {
	const char *dir, *socket;
	char        mode;     /* 'a', 'd', 'x': a change; 'j', 'l', 'q', 'w' */
	long        seconds;  /* 0: for the rest of the run */
	bool        timed;
};

static void set_mode(void *want, const struct args_option *o, const char *arg);
static void set_run(void *want, const struct args_option *o, const char *arg);
static void set_time(void *want, const struct args_option *o, const char *arg);

static const struct args_option options[] = {
	{ 'C', "directory", "dir", ARGS(args_text, struct want, dir) },
	{ 'd', "deny", NULL, ARGS_CALL(set_mode) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'j', "json", NULL, ARGS_CALL(set_mode) },
	{ 'l', "list", NULL, ARGS_CALL(set_mode) },
	{ 'q', "questions", NULL, ARGS_CALL(set_mode) },
	{ 'r', "run", NULL, ARGS_CALL(set_run) },
	{ 'S', "socket", "socket", ARGS(args_text, struct want, socket) },
	{ 't', "time", "time", ARGS_CALL(set_time) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'w', "watch", NULL, ARGS_CALL(set_mode) },
	{ 'x', "revoke", NULL, ARGS_CALL(set_mode) },
};
static const struct args args = { "wx-allow",
    "[-C dir | -S socket] [-r | -t time] entry ...\n"
    "[-C dir | -S socket] -d | -x entry ...\n"
    "[-C dir | -S socket] -j | -l | -q | -w\n"
    "-h | -V", ARGS_COUNT(options), true, NULL };

/* "90s", "30m", "2h", or seconds. */
static long
seconds_of(const char *text)
{
	static const struct { char unit; long seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
	size_t len = strlen(text), i;
	char digits[16];
	long n, unit = 1;

	if (len == 0 || len >= sizeof(digits))
		args_misused(&args, "-t wants a time, as 90s, 30m or 2h");
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text[len - 1] == units[i].unit) {
			unit = units[i].seconds;
			len--;
			break;
		}
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	n = wx_number(digits, 1, 7L * 24 * 3600);
	if (n == -1 || n * unit > 7L * 24 * 3600)
		args_misused(&args, "-t wants a time up to a week, as 90s, 30m or 2h");
	return n * unit;
}

static void
set_mode(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	(void)arg;
	if (w->mode != 'a')
		args_misused(&args, "one of -d, -j, -l, -q, -w and -x");
	w->mode = (char)o->letter;
}

static void
set_run(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	(void)o;
	(void)arg;
	w->seconds = 0;
	w->timed = true;
}

static void
set_time(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	(void)o;
	w->seconds = seconds_of(arg);
	w->timed = true;
}

/* What makes it last, where it was allowed. */
static int
change(FILE *fp, const struct want *w, char *const entries[])
{
	int rc = WX_OK;

	for (; *entries != NULL; entries++) {
		if (!talk_change(fp, w->mode == 'a' ? "allow" : w->mode == 'd' ? "deny" : "revoke", *entries, w->seconds))
			rc = WX_FAIL;
		else if (w->mode == 'a')
			(void)printf("keep it: add \"%s\" to \"network_names\"\n", *entries);
	}
	return rc;
}

static void
questions(FILE *fp)
{
	FILE *tty = fopen("/dev/tty", "r+e");

	if (tty == NULL)
		err(WX_FAIL, "cannot open the terminal");
	talk_questions(fp, tty);
	(void)fclose(tty);
}

int
main(int argc, char *argv[])
{
	struct want w = { .dir = ".", .mode = 'a', .seconds = SECONDS };
	int at, rc = WX_OK;
	FILE *fp;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	at = args_parse(&args, argc, argv, &w);
	if ((w.mode == 'a' || w.mode == 'd' || w.mode == 'x') == (at == argc))
		args_misused(&args, at == argc ? "no entry" : "-j, -l, -q and -w take no entry");
	if (w.timed && w.mode != 'a')
		args_misused(&args, "-r and -t go with what is allowed");
	(void)signal(SIGPIPE, SIG_IGN);
	fp = talk_begin(run_connect(w.socket, w.dir));
	if (w.mode == 'j')
		talk_raw(fp);
	else if (w.mode == 'l')
		talk_list(fp);
	else if (w.mode == 'q')
		questions(fp);
	else if (w.mode == 'w')
		talk_watch(fp);
	else
		rc = change(fp, &w, argv + at);
	exit_flushed(rc);
}
