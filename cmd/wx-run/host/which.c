/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"

char *
host_which(const char *name)
{
	struct stat st;
	char *full, *cwd;

	if (strchr(name, '/') == NULL)
		return program_in(host_path(), name);
	cwd = getcwd(NULL, 0);
	full = path_clean(cwd == NULL ? "/" : cwd, name);
	free(cwd);
	if (stat(full, &st) == 0) {
		if (S_ISREG(st.st_mode) && access(full, X_OK) == 0)
			return full;
		errno = EACCES;
	}
	free(full);
	return NULL;
}

char *
host_program(const char *name)
{
	return program_in(getenv("PATH"), name);
}
