/* SPDX-License-Identifier: MIT */
/*
 * wx-origin: say which repository of which host the remote "origin", or another, of a project
 * is, without running git, which would obey the project's configuration.
 */
#include <err.h>
#include <getopt.h>
#include <unistd.h>

#include "find.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/knownhosts.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"

static const char usage_text[] =
    "usage: wx-origin [-g] [-r remote] [folder]\n"
    "       wx-origin -h | -k | -V\n";

static const struct option options[] = {
	{ "git-dir",     no_argument,       NULL, 'g' },
	{ "help",        no_argument,       NULL, 'h' },
	{ "known-hosts", no_argument,       NULL, 'k' },
	{ "remote",      required_argument, NULL, 'r' },
	{ "version",     no_argument,       NULL, 'V' },
	{ NULL,          0,                 NULL, 0 },
};

static _Noreturn void
usage_error(void)
{
	(void)fputs(usage_text, stderr);
	exit(WX_USAGE);
}

static _Noreturn void
finish(const char *text)
{
	(void)fputs(text, stdout);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(WX_OK);
}

static const char *
or_none(const char *s)
{
	return *s == '\0' ? "-" : s;
}

/* Can S be the name of a remote, and go into a message? */
static bool
is_name(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./";

	return s[0] != '\0' && s[0] != '-' && s[strspn(s, letters)] == '\0' && strlen(s) < 256;
}

int
main(int argc, char *argv[])
{
	char git[PATH_MAX];
	const char *remote = "origin";
	bool dir = false;
	struct url u;
	int ch;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "+ghkr:V", options, NULL)) != -1) {
		switch (ch) {
		case 'g':
			dir = true;
			break;
		case 'h':
			finish(usage_text);
		case 'k':
			finish(wx_known_hosts);
		case 'r':
			if (!is_name(optarg))
				errx(WX_USAGE, "the name of a remote is of letters, digits, '-', '_', '.' and '/', no '-' first");
			remote = optarg;
			break;
		case 'V':
			finish("wx-origin " WX_VERSION "\n");
		default:
			usage_error();
		}
	}
	if (argc - optind > 1)
		usage_error();
	if (dir) {
		find_git(optind < argc ? argv[optind] : ".", git);
		(void)puts(git);
		finish("");
	}
	find_origin(optind < argc ? argv[optind] : ".", remote, &u);
	(void)printf("%s\t%s\t%s\t%s\t%s\n", u.repo, u.host, u.ssh ? "ssh" : "https", or_none(u.user),
	    or_none(u.port));
	finish("");
}
