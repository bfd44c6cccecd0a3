/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/imagespec.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/imagespec.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"

char *
imagespec_absolute(const char *spec, const char *home)
{
	const char *rest;
	enum wx_image kind = wx_image_parse(spec, &rest);
	char *cwd, *path, *out;

	if (kind == WX_IMAGE_BAD)
		errx(exit_code(WX_FAIL), "'%s' %s", escaped(spec), rest);
	if (kind == WX_IMAGE_NAME)
		return xstrdup(spec);
	if (strncmp(rest, "~/", 2) == 0) {
		path = path_clean(home, rest + 2);
	} else {
		cwd = getcwd(NULL, 0);
		path = path_clean(cwd == NULL ? "/" : cwd, rest);
		free(cwd);
	}
	out = xprintf("%.*s%s", (int)(rest - spec), spec, path);
	free(path);
	return out;
}
