/* SPDX-License-Identifier: MIT */
/*
 * wx-keygen: make, list, stage and commit ed25519 key pairs in OpenSSH's format.
 */
#include <sys/stat.h>

#include <err.h>
#include <unistd.h>

#include "change.h"
#include "count.h"
#include "list.h"
#include "make.h"
#include "pass.h"
#include "public.h"
#include "stage.h"
#include "want.h"

#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"

#define COMMENT_MAX 1024
#define MAX_AGE     90 /* days; of deploy keys */

static const struct args args;   /* below */

/* The options that each mode takes, and its operands: at least, at the most. */
static const struct {
	const char *options;
	int least, most;
	int (*run)(const struct want *w);
} modes[] = {
	[MODE_MAKE]   = { "fpCdno",  0, 0,       make_run },
	[MODE_STAGE]  = { "sfpCd",   1, 1,       stage_run },
	[MODE_COMMIT] = { "cf",      1, 1,       commit_run },
	[MODE_CHANGE] = { "PdD",     1, 1,       change_run },
	[MODE_PUBLIC] = { "yC",      1, 1,       public_run },
	[MODE_LIST]   = { "lja",     1, INT_MAX, list_run },
};

static long
number(const char *s, long least, long most, const char *why)
{
	long n = wx_number(s, least, most);

	if (n == -1)
		args_misused(&args, why);
	return n;
}

static int
descriptor(const char *s)
{
	long n = number(s, 0, INT_MAX, "not the number of a descriptor");

	if (n == STDOUT_FILENO || n == STDERR_FILENO)
		args_misused(&args, "descriptors 1 and 2 are for output");
	return (int)n;
}

static void
set_mode(struct want *w, int letter)
{
	enum mode mode = MODE_STAGE;

	while (*modes[mode].options != letter)
		mode++;
	if (w->mode != MODE_MAKE && w->mode != mode)
		args_misused(&args, "more than one of -c, -l, -P, -s, -y");
	w->mode = mode;
}

static const char *
comment(const char *s)
{
	if (*s != '\0' && (strlen(s) > COMMENT_MAX || !wx_env_value_ok(s, strlen(s))))
		args_misused(&args, "the comment is not one line of printable text, 1024 bytes at the most");
	return s;
}

static void
set_option(void *want, const struct args_option *o, const char *arg)
{
	struct want *w = want;

	switch (o->letter) {
	case 'a': w->max_age = number(arg, 0, LONG_MAX, "not a number of days"); break;
	case 'C': w->comment = comment(arg); break;
	case 'd': w->pass_fd = descriptor(arg); break;
	case 'D': w->new_pass_fd = descriptor(arg); break;
	case 'n': w->count = number(arg, 1, COUNT_MAX, "not a number of keys, 1 to 100000"); break;
	default: set_mode(w, o->letter);
	}
}

static const struct args_option options[] = {
	{ 'a', "max-age", "days", ARGS_CALL(set_option) },
	{ 'C', "comment", "comment", ARGS_CALL(set_option) },
	{ 'c', "commit", NULL, ARGS_CALL(set_option) },
	{ 'D', "new-passphrase-fd", "fd", ARGS_CALL(set_option) },
	{ 'd', "passphrase-fd", "fd", ARGS_CALL(set_option) },
	{ 'f', "force", NULL, ARGS(args_flag, struct want, force) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'j', "json", NULL, ARGS(args_flag, struct want, json) },
	{ 'l', "list", NULL, ARGS_CALL(set_option) },
	{ 'n', "count", "count", ARGS_CALL(set_option) },
	{ 'o', "output", "file", ARGS(args_text, struct want, output) },
	{ 'P', "change-passphrase", NULL, ARGS_CALL(set_option) },
	{ 'p', "passphrase", NULL, ARGS(args_flag, struct want, ask) },
	{ 's', "stage", NULL, ARGS_CALL(set_option) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'y', "public", NULL, ARGS_CALL(set_option) },
};
static const struct args args = { "wx-keygen",
    "[-fp] [-C comment] [-d fd] [-n count] [-o file]\n"
    "-s [-fp] [-C comment] [-d fd] file\n"
    "-c [-f] file\n"
    "-P [-d fd] [-D fd] file\n"
    "-y [-C comment] file\n"
    "-l [-j] [-a days] file ...\n"
    "-h | -V", ARGS_COUNT(options), false, NULL };

/* Do the options and the N operands fit the mode and each other? */
static void
check(const struct want *w, int n)
{
	if (!args_only(&args, modes[w->mode].options, ""))
		args_misused(&args, "these options do not go together");
	if (n < modes[w->mode].least || n > modes[w->mode].most)
		args_misused(&args, w->mode == MODE_MAKE ? "no operand is expected; the file is named with -o"
		    : "the number of operands is wrong");
	if (w->ask && w->pass_fd != -1)
		args_misused(&args, "one of -p and --passphrase-fd");
	if (w->pass_fd != -1 && w->pass_fd == w->new_pass_fd)
		args_misused(&args, "the two passphrases want a descriptor each");
	if (w->count > 0 && w->output == NULL)
		args_misused(&args, "--count wants -o with a pattern");
}

int
main(int argc, char *argv[])
{
	struct want w = { .pass_fd = -1, .new_pass_fd = -1, .max_age = MAX_AGE };
	int at, rc;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	(void)umask(S_IRWXG | S_IRWXO);
	at = args_parse(&args, argc, argv, &w);
	w.operands = argv + at;
	check(&w, argc - at);
	rc = modes[w.mode].run(&w);
	pass_wipe();
	/* Past the libraries' tidying up, which costs more than the key; all is flushed. */
	_exit(rc);
}
