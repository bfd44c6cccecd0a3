/* SPDX-License-Identifier: MIT */
#include "libcommon/cadir.h"

#include <dirent.h>
#include <string.h>

bool
wx_dir_is_hashed(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool found = false;

	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL)
		found = strlen(e->d_name) == 10 && strspn(e->d_name, "0123456789abcdef") == 8 &&
		    strcmp(e->d_name + 8, ".0") == 0;
	(void)closedir(d);
	return found;
}
