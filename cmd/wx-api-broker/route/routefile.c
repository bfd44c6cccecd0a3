/* SPDX-License-Identifier: MIT */
#include "routefile.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/proc.h"

/* What it allows a sandbox is not to write. -1 with errno, ENOENT where it is not there. */
static ssize_t
read_file(const char *path, bool came_along, char *buf, size_t cap)
{
	/* What came with us is as trusted as we are: a clone's files may be the group's, too. */
	int fd = came_along ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : wx_own_open(path), saved;
	ssize_t n = fd == -1 ? -1 : wx_read_all(fd, buf, cap - 1);

	saved = errno;
	if (fd != -1)
		(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	errno = saved;
	return n;
}

static ssize_t
read_at(const char *dir, const char *between, bool came_along, const char *name, char path[static PATH_MAX], char *buf, size_t cap)
{
	int n = snprintf(path, PATH_MAX, "%s%s%s.json", dir, between, name);

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return read_file(path, came_along, buf, cap);
}

static ssize_t
read_own(const char *name, char path[static PATH_MAX], char *buf, size_t cap)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config != NULL && *config == '/')
		return read_at(config, "/wrapix/routes/", false, name, path, buf, cap);
	if (home != NULL && *home == '/')
		return read_at(home, "/.config/wrapix/routes/", false, name, path, buf, cap);
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
		n = read_at(program, "/../share/wrapix/routes/", true, name, path, buf, cap);
		if (n == -1 && errno == ENOENT)
			n = read_at(program, "/../nix/routes/", true, name, path, buf, cap);
	}
	free(program);
	return n;
}

/* Is the file PATH one of those that came with us? wx-run names them so. */
static bool
is_installed(const char *path)
{
	static const char *const ours[] = { "/../share/wrapix/routes", "/../nix/routes" };
	char *program = wx_proc_program(), *slash = program != NULL ? strrchr(program, '/') : NULL, *real = realpath(path, NULL), *dir;
	char text[PATH_MAX];
	bool yes = false;
	size_t i;

	for (i = 0; real != NULL && slash != NULL && i < sizeof(ours) / sizeof(*ours); i++) {
		(void)snprintf(text, sizeof(text), "%.*s%s", (int)(slash - program), program, ours[i]);
		dir = realpath(text, NULL);
		yes |= dir != NULL && strncmp(real, dir, strlen(dir)) == 0 && real[strlen(dir)] == '/';
		free(dir);
	}
	free(real);
	free(program);
	return yes;
}

ssize_t
routefile_read(const char *what, char path[static PATH_MAX], char *buf, size_t cap)
{
	ssize_t n;

	if (strpbrk(what, "/.") != NULL) {
		(void)snprintf(path, PATH_MAX, "%s", what);
		n = read_file(what, is_installed(what), buf, cap);
	} else {
		n = read_own(what, path, buf, cap);
		if (n == -1 && errno == ENOENT)
			n = read_installed(what, path, buf, cap);
		if (n == -1 && errno == ENOENT) {
			warnx("no route '%s', neither yours nor one that is installed", what);
			return -1;
		}
	}
	if (n == -1 && errno == EPERM)
		warnx("cannot read route '%s': it is no file, or others can write it, or own it", what);
	else if (n == -1)
		warn("cannot read route '%s'", what);
	return n;
}
