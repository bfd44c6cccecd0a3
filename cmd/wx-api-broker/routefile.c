/* SPDX-License-Identifier: MIT */
#include "routefile.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/fileio.h"
#include "libcommon/proc.h"

/* -1: it is not there. */
static ssize_t
read_at(const char *dir, const char *between, const char *name, char *buf, size_t cap)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%s%s.json", dir, between, name);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return wx_read_text(AT_FDCWD, path, 0, buf, cap);
}

static ssize_t
read_own(const char *name, char *buf, size_t cap)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config != NULL && *config == '/')
		return read_at(config, "/wrapix/routes/", name, buf, cap);
	if (home != NULL && *home == '/')
		return read_at(home, "/.config/wrapix/routes/", name, buf, cap);
	errno = ENOENT;
	return -1;
}

/* From PREFIX/bin/NAME to PREFIX/share, wherever that is; from a build to its sources. */
static ssize_t
read_installed(const char *name, char *buf, size_t cap)
{
	char *program = wx_proc_program(), *slash = program != NULL ? strrchr(program, '/') : NULL;
	ssize_t n = -1;

	errno = ENOENT;
	if (slash != NULL) {
		*slash = '\0';
		n = read_at(program, "/../share/wrapix/routes/", name, buf, cap);
		if (n == -1 && errno == ENOENT)
			n = read_at(program, "/../nix/routes/", name, buf, cap);
	}
	free(program);
	return n;
}

ssize_t
routefile_read(const char *what, char *buf, size_t cap)
{
	ssize_t n;

	if (strpbrk(what, "/.") != NULL) {
		n = wx_read_text(AT_FDCWD, what, 0, buf, cap);
	} else {
		n = read_own(what, buf, cap);
		if (n == -1 && errno == ENOENT)
			n = read_installed(what, buf, cap);
		if (n == -1 && errno == ENOENT) {
			warnx("no route '%s', neither yours nor one that is installed", what);
			return -1;
		}
	}
	if (n == -1)
		warn("cannot read route '%s'", what);
	return n;
}
