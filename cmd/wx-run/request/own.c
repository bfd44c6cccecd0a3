/* SPDX-License-Identifier: MIT */
#include "own.h"

#include <err.h>
#include <unistd.h>

#include "host/inside.h"
#include "libcommon/exitcode.h"

void
own_check(const struct plan *p, const char *what, const char *path, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || (st->st_uid != geteuid() && st->st_uid != 0) || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		errx(WX_CHAIN, "%s: others can write '%s', or own it", what, path);
	if (inside(path, p->project))
		errx(WX_CHAIN, "%s: '%s' leads into the project, where the sandbox can write it", what, path);
}
