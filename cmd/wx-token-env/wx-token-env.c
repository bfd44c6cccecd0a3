/* SPDX-License-Identifier: MIT */
/*
 * wx-token-env: find a secret where its owner keeps it, and hand it on as
 * NAME=value: on standard output, or in the environment of a command.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "claude.h"
#include "expiry.h"
#include "follow.h"
#include "source.h"
#include "status.h"
#include "token.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"

#define LINE_MAX_LEN (255 + 1 + CLAUDE_FILE_MAX + 1) /* NAME=value, newline or NUL */

/* "NAME=value", and the room for one byte more. */
static char line[LINE_MAX_LEN];

static const struct args args;   /* below */

/*
 * Variables that the loader, libc or a shell obeys before a program's first
 * line. A secret in one of them is a slip, and would leak into error messages.
 */
static bool
name_is_obeyed(const char *name)
{
	static const char *const names[] = {
		"BASHOPTS", "BASH_ENV", "ENV", "GCONV_PATH", "HOME", "IFS", "NODE_OPTIONS",
		"PATH", "PS4", "SHELL", "SHELLOPTS",
	};
	static const char *const prefixes[] = { "DYLD_", "GLIBC_", "LD_" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static void
set_name(struct want *w, const char *name)
{
	if (!wx_env_name_ok(name, strlen(name)))
		args_misused(&args, "the name is not one of a variable: a letter or '_', then letters, digits, '_'");
	if (name_is_obeyed(name))
		args_misused(&args, "refusing the name of a variable that the loader or a shell obeys");
	w->name = name;
}

static void
set_source(struct want *w, enum from from, const char *arg)
{
	if (w->from != FROM_SEARCH)
		args_misused(&args, "more than one source");
	w->from = from;
	w->arg = arg;
}

static int
descriptor(const char *s)
{
	long n = wx_number(s, 0, INT_MAX);

	if (n == -1)
		args_misused(&args, "not the number of a descriptor");
	if (n == STDOUT_FILENO || n == STDERR_FILENO)
		args_misused(&args, "descriptors 1 and 2 are for output");
	return (int)n;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	switch (o->letter) {
	case 'c': set_source(w, FROM_CLAUDE, NULL); break;
	case 'd':
		set_source(w, FROM_FD, NULL);
		w->fd = descriptor(arg);
		break;
	case 'f': set_source(w, FROM_FILE, arg); break;
	case 'i': set_source(w, FROM_STDIN, NULL); break;
	case 'n': set_name(w, arg); break;
	case 'x': set_source(w, FROM_HELPER, arg); break;
	}
}

static const struct args_option options[] = {
	{ 'c', "claude", NULL, ARGS_CALL(set_option) },
	{ 'd', "fd", "fd", ARGS_CALL(set_option) },
	{ 'F', "force", NULL, ARGS(args_flag, struct want, force) },
	{ 'f', "file", "file", ARGS_CALL(set_option) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'i', "stdin", NULL, ARGS_CALL(set_option) },
	{ 'J', "json", NULL, ARGS(args_flag, struct want, json) },
	{ 'n', "name", "name", ARGS_CALL(set_option) },
	{ 's', "status", NULL, ARGS(args_flag, struct want, status) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'w', "follow", NULL, ARGS(args_flag, struct want, follow) },
	{ 'x', "helper", "helper", ARGS_CALL(set_option) },
};
static const struct args args = { "wx-token-env", "[-FhJsVw] [-n name] [-c | -d fd | -f file | -i | -x helper] "
    "[--] [command [argument ...]]", ARGS_COUNT(options), false, NULL };

/*
 * Where the secret would go on standard output. The file is there already, by
 * the caller's redirection and umask: its mode is his to mend.
 */
static void
check_stdout(const struct want *w)
{
	struct stat st;

	if (w->force)
		return;
	if (isatty(STDOUT_FILENO) == 1)
		errx(w->fail, "refusing to print a secret to a terminal; "
		    "pipe it, give a command, or use --force");
	if (fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 0 &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		warnx("warning: standard output is a file that others have access to (mode %04o): "
		    "chmod go= it, and set umask 077 first the next time",
		    (unsigned)(st.st_mode & 07777));
}

/* Die if T is past its end, warn if that is near, unless it is followed to the next. */
static void
check_expiry(const struct want *w, const struct token *t, int64_t now)
{
	enum expiry e = expiry_of(t->expires, now);
	int64_t days = expiry_days(t->expires, now);
	char at[EXPIRY_TEXT];

	if (e == EXPIRY_OK || (e == EXPIRY_SOON && w->follow))
		return;
	expiry_text(t->expires, at);
	if (e == EXPIRY_PAST)
		errx(w->fail, "token in %s expired on %s; start 'claude' once to renew it, or use "
		    "the longer one of 'claude setup-token'", t->where, at);
	warnx("warning: token in %s expires on %s, in %s%d day%s", t->where, at,
	    days == 0 ? "less than " : "", days == 0 ? 1 : (int)days, days > 1 ? "s" : "");
}

static int
print_status(const struct want *w, const struct token *t, int64_t now)
{
	status_print(stdout, w->name, t, now);
	if (wx_flush(stdout) == -1)
		err(w->fail, "cannot write to standard output");
	return expiry_of(t->expires, now) == EXPIRY_PAST ? WX_FAIL : WX_OK;
}

/* Past stdio, which would keep a copy. */
static void
print_line(const struct want *w, size_t len)
{
	int rc;

	line[len] = '\n';
	rc = wx_write_all(STDOUT_FILENO, line, len + 1);
	wx_wipe(line, len + 1);
	if (rc == -1)
		err(w->fail, "cannot write to standard output");
}

/* The line becomes part of the environment; unsetenv removes every other of its name. */
static _Noreturn void
run_command(const struct want *w, size_t len)
{
	int error;

	if (unsetenv(w->name) == -1 || putenv(line) != 0)
		err(w->fail, "cannot set '%s'", w->name);
	(void)execvp(w->command[0], w->command);
	error = errno;
	wx_wipe(line, len);
	errno = error;
	err(error == ENOENT ? WX_NOCMD : WX_NOEXEC, "cannot run '%s'", w->command[0]);
}

/* Of the command line as a whole. */
static void
check_options(const struct want *w)
{
	if (w->status && w->json)
		args_misused(&args, "--status prints no --json");
	if (w->status && w->command != NULL)
		args_misused(&args, "--status takes no command");
	if (w->follow && (w->status || w->command != NULL))
		args_misused(&args, "--follow takes no command, and no --status");
	if (w->follow && w->from != FROM_SEARCH && w->from != FROM_CLAUDE && w->from != FROM_FILE)
		args_misused(&args, "--follow is for files: what comes by a pipe or of a helper does not change");
	if (!w->status && w->command == NULL)
		check_stdout(w);
}

/* Read the source, and make the line of it; its length. The value is gone from T then. */
static size_t
make_line(const struct want *w, struct token *t)
{
	int64_t now = (int64_t)time(NULL);
	int len;

	source_read(w, t);
	check_expiry(w, t, now);
	len = snprintf(line, sizeof(line), "%s=%s", w->name, w->json ? "" : t->value);
	if (w->json)
		len += (int)claude_file(line + len, t->value, t->expires, now);
	wx_wipe(t->value, sizeof(t->value));
	return (size_t)len;
}

int
main(int argc, char *argv[])
{
	static struct token token;
	struct want w = { .name = CLAUDE_NAME, .from = FROM_SEARCH, .fd = -1, .fail = WX_FAIL };
	int at, rc;
	size_t len;

	if (wx_proc_harden_chain() == -1)
		err(WX_CHAIN, "cannot harden process");
	exit_chain();
	at = args_parse(&args, argc, argv, &w);
	if (at < argc) {
		w.command = argv + at;
		w.fail = WX_CHAIN;
	}
	check_options(&w);
	if (w.follow)
		return follow(&w, line, &token, make_line);
	if (w.status) {
		source_read(&w, &token);
		rc = print_status(&w, &token, (int64_t)time(NULL));
		wx_wipe(&token, sizeof(token));
		return rc;
	}
	len = make_line(&w, &token);
	if (w.command != NULL)
		run_command(&w, len);
	print_line(&w, len);
	return WX_OK;
}
