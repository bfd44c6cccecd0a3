/* SPDX-License-Identifier: MIT */
/*
 * wx-origin: say which repository of which host the remote "origin", or another, of a project
 * is, without running git, which would obey the project's configuration.
 */
#include <err.h>
#include <stdio.h>

#include "find.h"

#include "libcommon/exitcode.h"
#include "libcommon/knownhosts.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"

struct want {
	bool git_dir, known_hosts;
	const char *remote;
};

static const struct args_option options[] = {
	{ 'g', "git-dir", NULL, ARGS(args_flag, struct want, git_dir) },
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'k', "known-hosts", NULL, ARGS(args_flag, struct want, known_hosts) },
	{ 'r', "remote", "remote", ARGS(args_text, struct want, remote) },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-origin", "[-g] [-r remote] [folder]\n-h | -k | -V", ARGS_COUNT(options), false, NULL };

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
	struct want w = { false, false, "origin" };
	char git[PATH_MAX];
	const char *folder;
	struct url u;
	int at;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	at = args_parse(&args, argc, argv, &w);
	if (argc - at > 1)
		args_misused(&args, NULL);
	if (!is_name(w.remote))
		errx(WX_USAGE, "the name of a remote is of letters, digits, '-', '_', '.' and '/', no '-' first");
	folder = at < argc ? argv[at] : ".";
	if (w.known_hosts) {
		(void)fputs(wx_known_hosts, stdout);
	} else if (w.git_dir) {
		find_git(folder, git);
		(void)puts(git);
	} else {
		find_origin(folder, w.remote, &u);
		(void)printf("%s\t%s\t%s\t%s\t%s\n", u.repo, u.host, u.ssh ? "ssh" : "https", or_none(u.user),
		    or_none(u.port));
	}
	exit_flushed(WX_OK);
}
