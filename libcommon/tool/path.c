/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/path.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/strv.h"

#define STEPS_MAX 1000   /* components, of links too: a circle of these has no end */

bool
path_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1) /* "/" */
		return true;
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

char *
path_clean(const char *base, const char *path)
{
	char *in = *path == '/' ? xstrdup(path) : xprintf("%s/%s", base, path);
	char *out = xstrdup(in), *end = out, *p = in;
	size_t n;

	for (;;) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 0)
			break;
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (end > out && *--end != '/')
				;
		} else if (n != 1 || *p != '.') {
			*end++ = '/';
			memcpy(end, p, n);
			end += n;
		}
		p += n;
	}
	if (end == out)
		*end++ = '/';
	*end = '\0';
	free(in);
	return out;
}

/* Is PATH (canonical) below DIR, by whatever name: a bind mount has two. */
static bool
in_folder(const char *path, const char *dir)
{
	char *up = xstrdup(path), *slash;
	struct stat want, st;
	bool in = path_within(path, dir);

	if (!in && stat(dir, &want) == -1) {
		/* What is not there yet, such as a state, holds nothing. */
		if (errno != ENOENT)
			err(WX_CHAIN, "cannot look at '%s'", dir);
		*up = '\0';
	}
	while (!in && (slash = strrchr(up, '/')) != NULL && slash != up) {
		*slash = '\0';
		in = stat(up, &st) == 0 && st.st_dev == want.st_dev && st.st_ino == want.st_ino;
	}
	free(up);
	return in;
}

/* REST, a part of a path, less its first component, which goes to *PART. */
static const char *
first_part(const char *rest, char **part)
{
	size_t n;

	rest += strspn(rest, "/");
	n = strcspn(rest, "/");
	*part = xprintf("%.*s", (int)n, rest);
	return rest + n;
}

/* One step from DONE, a real place, to PART of it, with REST still to go: both are made anew. False: it is a link
 * in DIR, or not there. */
static bool
step(const char *dir, char **done, const char *part, char **rest)
{
	char *next = path_clean(*done, part), target[PATH_MAX], *more;
	ssize_t n = readlink(next, target, sizeof(target) - 1);
	bool ok = n >= 0 ? !path_within(next, dir) : errno == EINVAL;

	if (n >= 0) {
		target[n] = '\0';
		more = xprintf("%s%s", target, *rest);
		free(*rest);
		*rest = more;
		free(next);
		next = xstrdup(*target == '/' ? "/" : *done);
	}
	free(*done);
	*done = next;
	return ok;
}

char *
path_apart(const char *path, const char *dir)
{
	char *done = xstrdup("/"), *rest = xstrdup(path), *part, *left;
	bool ok = *path == '/';
	int steps = 0;

	while (ok && rest[strspn(rest, "/")] != '\0') {
		left = xstrdup(first_part(rest, &part));
		free(rest);
		rest = left;
		ok = steps++ < STEPS_MAX && step(dir, &done, part, &rest);
		free(part);
	}
	free(rest);
	if (!ok || path_within(done, dir)) {
		free(done);
		done = NULL;
	}
	return done;
}

bool
path_inside(const char *name, const char *dir)
{
	char *cwd = getcwd(NULL, 0), *named = path_clean(cwd == NULL ? "/" : cwd, name);
	char *up = xprintf("%.*s/.", (int)(strrchr(named, '/') - named), named), *place = NULL;
	char *real = realpath(name, NULL), *folder = realpath(up, NULL);
	char *raw = *name == '/' ? xstrdup(name) : xprintf("%s/%s", cwd == NULL ? "" : cwd, name), *apart = path_apart(raw, dir);
	bool in = path_within(named, dir) || (real != NULL && (apart == NULL || in_folder(real, dir)));

	if (!in && folder != NULL) {
		place = path_clean(folder, strrchr(named, '/') + 1);
		in = in_folder(place, dir);
	}
	free(cwd);
	free(named);
	free(up);
	free(place);
	free(real);
	free(folder);
	free(raw);
	free(apart);
	return in;
}
