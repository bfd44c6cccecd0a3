/* SPDX-License-Identifier: MIT */
#include "inside.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/words.h"
#include "libcommon/exitcode.h"

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

bool
inside(const char *name, const char *dir)
{
	char *cwd = getcwd(NULL, 0), *named = path_clean(cwd == NULL ? "/" : cwd, name);
	char *up = xprintf("%.*s/.", (int)(strrchr(named, '/') - named), named), *place = NULL;
	char *real = realpath(name, NULL), *folder = realpath(up, NULL);
	bool in = path_within(named, dir) || (real != NULL && in_folder(real, dir));

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
	return in;
}
