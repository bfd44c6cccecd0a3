/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/proc.h"

char *
program_in(const char *path, const char *name)
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
program_beside(const char *name)
{
	char *self = wx_proc_program(), *path = NULL;

	if (self != NULL && strrchr(self, '/') != NULL)
		path = xprintf("%.*s/%s", (int)(strrchr(self, '/') - self), self, name);
	free(self);
	if (path != NULL && access(path, X_OK) == 0)
		return path;
	free(path);
	return program_in(getenv("PATH"), name);
}

const char *
program_net_helper(void)
{
	static const char *const names[] = { "pasta", "slirp4netns" };
	char *path;
	size_t i;

	for (i = 0; i < 2; i++) {
		path = program_in(getenv("PATH"), names[i]);
		free(path);
		if (path != NULL)
			return names[i];
	}
	return NULL;
}

void
program_podman_environment(const char *conf, struct strv *env)
{
	static const char *const kept[] = { "PATH", "HOME", "USER", "LOGNAME", "LANG", "TERM",
	    "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME",
	    "DBUS_SESSION_BUS_ADDRESS", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF",
	    "CONTAINERS_REGISTRIES_CONF", NULL };
	const char *const *n;

	for (n = kept; *n != NULL; n++)
		if (getenv(*n) != NULL && (conf == NULL || strcmp(*n, "CONTAINERS_CONF") != 0))
			strv_addf(env, "%s=%s", *n, getenv(*n));
	if (conf != NULL)
		strv_addf(env, "CONTAINERS_CONF=%s", conf);
}
