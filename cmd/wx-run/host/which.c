/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/proc.h"
#include "libcommon/tool/path.h"

/* NAME in the folders of PATH. An entry that is not absolute is the current
 * folder's, and passed by. NULL with errno. */
static char *
look_up(const char *path, const char *name)
{
	const char *end;
	struct stat st;
	char *full;
	int saved = ENOENT;

	if (path == NULL || *path == '\0')
		path = "/usr/local/bin:/usr/bin:/bin";
	for (; *name != '\0'; path = end + 1) {
		end = path + strcspn(path, ":");
		if (*path == '/') {
			full = xprintf("%.*s/%s", (int)(end - path), path, name);
			if (stat(full, &st) == 0 && S_ISREG(st.st_mode)) {
				if (access(full, X_OK) == 0)
					return full;
				saved = EACCES;
			}
			free(full);
		}
		if (*end == '\0')
			break;
	}
	errno = saved;
	return NULL;
}

char *
host_which(const char *name)
{
	struct stat st;
	char *full, *cwd;

	if (strchr(name, '/') == NULL)
		return look_up(host_path(), name);
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
	return look_up(getenv("PATH"), name);
}

char *
host_beside(const char *name)
{
	char *self = wx_proc_program(), *path = NULL;

	if (self != NULL && strrchr(self, '/') != NULL)
		path = xprintf("%.*s/%s", (int)(strrchr(self, '/') - self), self, name);
	free(self);
	if (path != NULL && access(path, X_OK) == 0)
		return path;
	free(path);
	return host_program(name);
}
