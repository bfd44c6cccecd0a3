/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET "/control"

/* The user's alone? It may be there already. */
static bool
make_own(const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return false;
	if (lstat(dir, &st) == -1)
		return false;
	errno = EPERM;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

/* Of runs that are over and could not remove it. */
static void
sweep(const char *base, const char *prefix)
{
	size_t len = strlen(prefix);
	struct dirent *e;
	DIR *dir = opendir(base);
	char *end;
	long pid;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, prefix, len) != 0)
			continue;
		pid = strtol(e->d_name + len, &end, 10);
		if (pid > 0 && *end == '\0' && kill((pid_t)pid, 0) == -1 && errno == ESRCH)
			control_remove(xprintf("%s/%s" SOCKET, base, e->d_name));
	}
	if (dir != NULL)
		(void)closedir(dir);
}

char *
control_make(const struct plan *p)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *hash = strrchr(p->run_dir, '/') + 1;
	char *base, *prefix, *dir, *path = NULL;

	if (runtime == NULL || *runtime != '/' || access(runtime, W_OK | X_OK) == -1)
		return NULL;
	base = xprintf("%s/wrapix", runtime);
	prefix = xprintf("net.%.*s.", (int)strcspn(hash, "."), hash);
	dir = xprintf("%s/%s%ld", base, prefix, (long)getpid());
	if (strlen(dir) + sizeof(SOCKET) > sizeof(((struct sockaddr_un *)NULL)->sun_path))
		errno = ENAMETOOLONG;
	else if (make_own(base)) {
		sweep(base, prefix);
		if (make_own(dir))
			path = xprintf("%s" SOCKET, dir);
	}
	if (path == NULL)
		warn("cannot make '%s': wx-allow cannot change what this run may reach", dir);
	free(dir);
	free(prefix);
	free(base);
	return path;
}

void
control_remove(char *path)
{
	if (path == NULL)
		return;
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	(void)rmdir(path);
	free(path);
}
