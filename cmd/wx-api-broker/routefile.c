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
read_at(const char *dir, const char *between, const char *name, char path[static PATH_MAX], char *buf, size_t cap)
{
	int n = snprintf(path, PATH_MAX, "%s%s%s.json", dir, between, name);

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return wx_read_text(AT_FDCWD, path, 0, buf, cap);
}

static ssize_t
read_own(const char *name, char path[static PATH_MAX], char *buf, size_t cap)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config != NULL && *config == '/')
		return read_at(config, "/wrapix/routes/", name, path, buf, cap);
	if (home != NULL && *home == '/')
		return read_at(home, "/.config/wrapix/routes/", name, path, buf, cap);
	errno = ENOENT;
	return -1;
}

/* From PREFIX/bin/NAME to PREFIX/share, wherever that is; from a build to its sources. */
static ssize_t
read_installed(const char *name, char path[static PATH_MAX], char *buf, size_t cap)
{
	char *program = wx_proc_program(), *slash = program != NULL ? strrchr(program, '/') : NULL;
	ssize_t n = -1;

	errno = ENOENT;
	if (slash != NULL) {
		*slash = '\0';
		n = read_at(program, "/../share/wrapix/routes/", name, path, buf, cap);
		if (n == -1 && errno == ENOENT)
			n = read_at(program, "/../nix/routes/", name, path, buf, cap);
	}
	free(program);
	return n;
}

ssize_t
routefile_read(const char *what, char path[static PATH_MAX], char *buf, size_t cap)
{
	ssize_t n;

	if (strpbrk(what, "/.") != NULL) {
		(void)snprintf(path, PATH_MAX, "%s", what);
		n = wx_read_text(AT_FDCWD, what, 0, buf, cap);
	} else {
		n = read_own(what, path, buf, cap);
		if (n == -1 && errno == ENOENT)
			n = read_installed(what, path, buf, cap);
		if (n == -1 && errno == ENOENT) {
			warnx("no route '%s', neither yours nor one that is installed", what);
			return -1;
		}
	}
	if (n == -1)
		warn("cannot read route '%s'", what);
	return n;
}
