/* SPDX-License-Identifier: MIT */
#include "own.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/inside.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

/* Below the directory above that of our program? */
static bool
came_along(const char *path)
{
	char *self = wx_proc_program(), *up = self == NULL ? NULL : xprintf("%s/../..", self), *clean = NULL, *at = NULL;
	bool yes;

	if (up != NULL)
		clean = path_clean("/", up);
	at = path_clean("/", path);
	yes = clean != NULL && *path == '/' && strcmp(clean, "/") != 0 && path_within(at, clean);
	free(at);
	free(clean);
	free(up);
	free(self);
	return yes;
}

void
own_check(const struct plan *p, const char *what, const char *path, const struct stat *st)
{
	bool theirs = (st->st_uid != geteuid() && st->st_uid != 0) || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;

	if (!S_ISREG(st->st_mode) || (theirs && !came_along(path)))
		errx(WX_CHAIN, "%s: others can write '%s', or own it", what, path);
	if (inside(path, p->project))
		errx(WX_CHAIN, "%s: '%s' leads into the project, where the sandbox can write it", what, path);
}
