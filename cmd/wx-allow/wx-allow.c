/* SPDX-License-Identifier: MIT */
/*
 * wx-allow: change, from outside, which hosts a sandbox that runs may reach; the client of wx-egress' control socket.
 */
#include <sys/socket.h>

#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "run.h"
#include "talk.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"

#define SECONDS (30 * 60)

struct want {
	const char *dir, *socket;
	char        mode;     /* 'a', 'd', 'x': a change; 'j', 'l', 'q', 'w' */
	long        seconds;  /* 0: for the rest of the run */
	bool        timed;
};

static const char usage_text[] =
    "usage: wx-allow [-C dir | -S socket] [-r | -t time] entry ...\n"
    "       wx-allow [-C dir | -S socket] -d | -x entry ...\n"
    "       wx-allow [-C dir | -S socket] -j | -l | -q | -w\n"
    "       wx-allow -h | -V\n";

static const struct option options[] = {
	{ "deny",      no_argument,       NULL, 'd' },
	{ "directory", required_argument, NULL, 'C' },
	{ "help",      no_argument,       NULL, 'h' },
	{ "json",      no_argument,       NULL, 'j' },
	{ "list",      no_argument,       NULL, 'l' },
	{ "questions", no_argument,       NULL, 'q' },
	{ "revoke",    no_argument,       NULL, 'x' },
	{ "run",       no_argument,       NULL, 'r' },
	{ "socket",    required_argument, NULL, 'S' },
	{ "time",      required_argument, NULL, 't' },
	{ "version",   no_argument,       NULL, 'V' },
	{ "watch",     no_argument,       NULL, 'w' },
	{ NULL,        0,                 NULL, 0 },
};

static _Noreturn void
usage_error(const char *why)
{
	if (why != NULL)
		warnx("%s", why);
	(void)fputs(usage_text, stderr);
	exit(WX_USAGE);
}

static _Noreturn void
inform(const char *text)
{
	(void)fputs(text, stdout);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(WX_OK);
}

/* "90s", "30m", "2h", or seconds. */
static long
seconds_of(const char *text)
{
	static const struct { char unit; long seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 } };
	size_t len = strlen(text), i;
	char digits[16];
	long n, unit = 1;

	if (len == 0 || len >= sizeof(digits))
		usage_error("-t wants a time, as 90s, 30m or 2h");
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text[len - 1] == units[i].unit) {
			unit = units[i].seconds;
			len--;
			break;
		}
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)len, text);
	n = wx_number(digits, 1, 7L * 24 * 3600);
	if (n == -1 || n * unit > 7L * 24 * 3600)
		usage_error("-t wants a time up to a week, as 90s, 30m or 2h");
	return n * unit;
}

static void
set_mode(struct want *w, char mode)
{
	if (w->mode != 'a')
		usage_error("one of -d, -j, -l, -q, -w and -x");
	w->mode = mode;
}

static void
set_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'C':
		w->dir = arg;
		break;
	case 'S':
		w->socket = arg;
		break;
	case 'd':
	case 'j':
	case 'l':
	case 'q':
	case 'w':
	case 'x':
		set_mode(w, (char)ch);
		break;
	case 'r':
		w->seconds = 0;
		w->timed = true;
		break;
	case 't':
		w->seconds = seconds_of(arg);
		w->timed = true;
		break;
	case 'h':
		inform(usage_text);
	case 'V':
		inform("wx-allow " WX_VERSION "\n");
	default:
		usage_error(NULL);
	}
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
	int ch, rc = WX_OK;
	FILE *fp;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "C:S:dhjlqrt:Vwx", options, NULL)) != -1)
		set_option(&w, ch, optarg);
	if ((w.mode == 'a' || w.mode == 'd' || w.mode == 'x') == (optind == argc))
		usage_error(optind == argc ? "no entry" : "-j, -l, -q and -w take no entry");
	if (w.timed && w.mode != 'a')
		usage_error("-r and -t go with what is allowed");
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
		rc = change(fp, &w, argv + optind);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return rc;
}
