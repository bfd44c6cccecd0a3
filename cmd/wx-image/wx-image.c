/* SPDX-License-Identifier: MIT */
/*
 * wx-image: have an image ready for podman, from its name, an archive or a directory, and print by which name it can be
 * run.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/imagespec.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"
#include "libcommon/version.h"

static const char usage_text[] =
    "usage: wx-image [-p] [-u dir] image\n"
    "       wx-image -h | -V\n";

static const struct option options[] = {
	{ "help",      no_argument,       NULL, 'h' },
	{ "pull",      no_argument,       NULL, 'p' },
	{ "user",      required_argument, NULL, 'u' },
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
one_option(struct want *w, int ch, const char *arg)
{
	switch (ch) {
	case 'h':
		(void)fputs(usage_text, stdout);
		finish();
		break;
	case 'p':
		w->pull = true;
		break;
	case 'u':
		w->user = arg;
		break;
	case 'V':
		(void)puts("wx-image " WX_VERSION);
		finish();
		break;
	default:
		(void)fputs(usage_text, stderr);
		exit(WX_USAGE);
	}
}

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
	int ch;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "hpu:V", options, NULL)) != -1)
		one_option(&w, ch, optarg);
	if (optind + 1 != argc)
		one_option(&w, '?', NULL);
	if (w.user != NULL && *w.user != '/')
		errx(WX_USAGE, "'%s' is no absolute path (-u)", w.user);
	w.spec = imagespec_absolute(argv[optind], getenv("HOME") == NULL ? "/" : getenv("HOME"));
	states = find_states(w.user);
	make_directories(states);
	w.states = states;
	(void)puts(image_ready(&w));
	finish();
}
