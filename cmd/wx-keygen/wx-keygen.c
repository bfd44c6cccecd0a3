/* SPDX-License-Identifier: MIT */
/*
 * wx-keygen: make, list, stage and commit ed25519 key pairs in OpenSSH's format.
 */
#include <sys/stat.h>

#include <err.h>
#include <getopt.h>
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
#include "libcommon/version.h"

#define COMMENT_MAX 1024
#define MAX_AGE     90 /* days; of deploy keys */

static const char usage_text[] =
    "usage: wx-keygen [-fp] [-C comment] [-d fd] [-n count] [-o file]\n"
    "       wx-keygen -s [-fp] [-C comment] [-d fd] file\n"
    "       wx-keygen -c [-f] file\n"
    "       wx-keygen -P [-d fd] [-D fd] file\n"
    "       wx-keygen -y [-C comment] file\n"
    "       wx-keygen -l [-j] [-a days] file ...\n"
    "       wx-keygen -h | -V\n";

static const struct option options[] = {
	{ "change-passphrase", no_argument,       NULL, 'P' },
	{ "comment",           required_argument, NULL, 'C' },
	{ "commit",            no_argument,       NULL, 'c' },
	{ "count",             required_argument, NULL, 'n' },
	{ "force",             no_argument,       NULL, 'f' },
	{ "help",              no_argument,       NULL, 'h' },
	{ "json",              no_argument,       NULL, 'j' },
	{ "list",              no_argument,       NULL, 'l' },
	{ "max-age",           required_argument, NULL, 'a' },
	{ "new-passphrase-fd", required_argument, NULL, 'D' },
	{ "output",            required_argument, NULL, 'o' },
	{ "passphrase",        no_argument,       NULL, 'p' },
	{ "passphrase-fd",     required_argument, NULL, 'd' },
	{ "public",            no_argument,       NULL, 'y' },
	{ "stage",             no_argument,       NULL, 's' },
	{ "version",           no_argument,       NULL, 'V' },
	{ NULL,                0,                 NULL, 0 },
};

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

static long
number(const char *s, long least, long most, const char *why)
{
	long n = wx_number(s, least, most);

	if (n == -1)
		usage_error(why);
	return n;
}

static int
descriptor(const char *s)
{
	long n = number(s, 0, INT_MAX, "not the number of a descriptor");

	if (n == STDOUT_FILENO || n == STDERR_FILENO)
		usage_error("descriptors 1 and 2 are for output");
	return (int)n;
}

static void
set_mode(struct want *w, enum mode mode)
{
	if (w->mode != MODE_MAKE && w->mode != mode)
		usage_error("more than one of -c, -l, -P, -s, -y");
	w->mode = mode;
}

static const char *
comment(const char *s)
{
	if (*s != '\0' && (strlen(s) > COMMENT_MAX || !wx_env_value_ok(s, strlen(s))))
		usage_error("the comment is not one line of printable text, 1024 bytes at the most");
	return s;
}

static void
set_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'a':
		w->max_age = number(arg, 0, LONG_MAX, "not a number of days");
		break;
	case 'c':
		set_mode(w, MODE_COMMIT);
		break;
	case 'C':
		w->comment = comment(arg);
		break;
	case 'd':
		w->pass_fd = descriptor(arg);
		break;
	case 'D':
		w->new_pass_fd = descriptor(arg);
		break;
	case 'f':
		w->force = true;
		break;
	case 'h':
		inform(usage_text);
	case 'j':
		w->json = true;
		break;
	case 'l':
		set_mode(w, MODE_LIST);
		break;
	case 'n':
		w->count = number(arg, 1, COUNT_MAX, "not a number of keys, 1 to 100000");
		break;
	case 'o':
		w->output = arg;
		break;
	case 'p':
		w->ask = true;
		break;
	case 'P':
		set_mode(w, MODE_CHANGE);
		break;
	case 's':
		set_mode(w, MODE_STAGE);
		break;
	case 'V':
		inform("wx-keygen " WX_VERSION "\n");
	case 'y':
		set_mode(w, MODE_PUBLIC);
		break;
	default:
		usage_error(NULL);
	}
}

/* Do the options, SEEN as letters, and the N operands fit the mode and each other? */
static void
check(const struct want *w, const char *seen, int n)
{
	if (strspn(seen, modes[w->mode].options) != strlen(seen))
		usage_error("these options do not go together");
	if (n < modes[w->mode].least || n > modes[w->mode].most)
		usage_error(w->mode == MODE_MAKE ? "no operand is expected; the file is named with -o"
		    : "the number of operands is wrong");
	if (w->ask && w->pass_fd != -1)
		usage_error("one of -p and --passphrase-fd");
	if (w->pass_fd != -1 && w->pass_fd == w->new_pass_fd)
		usage_error("the two passphrases want a descriptor each");
	if (w->count > 0 && w->output == NULL)
		usage_error("--count wants -o with a pattern");
}

int
main(int argc, char *argv[])
{
	struct want w = { .pass_fd = -1, .new_pass_fd = -1, .max_age = MAX_AGE };
	char seen[sizeof(options) / sizeof(options[0]) + 1] = "", letter[2] = "";
	int ch, rc;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	(void)umask(S_IRWXG | S_IRWXO);
	while ((ch = getopt_long(argc, argv, "+a:cC:d:D:fhjln:o:pPsVy", options, NULL)) != -1) {
		set_option(&w, ch, optarg);
		letter[0] = (char)ch;
		if (strchr(seen, ch) == NULL)
			(void)memcpy(seen + strlen(seen), letter, 2);
	}
	w.operands = argv + optind;
	check(&w, seen, argc - optind);
	rc = modes[w.mode].run(&w);
	pass_wipe();
	/* Past the libraries' tidying up, which costs more than the key; all is flushed. */
	_exit(rc);
}
