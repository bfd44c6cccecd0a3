/* SPDX-License-Identifier: MIT */
/*
 * wx-image: have an image ready for podman, from its name, an archive or a directory, and print by which name it can be
 * run.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/imagespec.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"

static const struct args_option options[] = {
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'p', "pull", NULL, ARGS(args_flag, struct want, pull) },
	{ 'u', "user", "dir", ARGS(args_text, struct want, user) },
	{ 'V', "version", NULL, ARGS_INFO },
};
static const struct args args = { "wx-image", "[-p] [-u dir] image\n-h | -V", ARGS_COUNT(options), true, NULL };

/* Where wx-run has its states: USER's directory is one of them. */
static char *
find_states(const char *user)
{
	const char *home = getenv("HOME"), *state = getenv("XDG_STATE_HOME");

	if (user != NULL)
		return path_clean(user, "..");
	if (state != NULL && *state == '/')
		return xprintf("%s/wrapix", state);
	if (home == NULL || *home != '/')
		errx(WX_FAIL, "HOME is not set to an absolute path");
	return xprintf("%s/.local/state/wrapix", home);
}

static void
make_directories(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		err(WX_FAIL, "cannot make '%s'", path);
}

int
main(int argc, char *argv[])
{
	struct want w = { 0 };
	char *states;
	int at;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	at = args_parse(&args, argc, argv, &w);
	if (at + 1 != argc)
		args_misused(&args, NULL);
	if (w.user != NULL && *w.user != '/')
		errx(WX_USAGE, "'%s' is no absolute path (-u)", w.user);
	w.spec = imagespec_absolute(argv[at], getenv("HOME") == NULL ? "/" : getenv("HOME"));
	states = find_states(w.user);
	make_directories(states);
	w.states = states;
	(void)puts(image_ready(&w));
	exit_flushed(WX_OK);
}
