/* SPDX-License-Identifier: MIT */
#include "forget.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "libcommon/exitcode.h"
#include "libcommon/removetree.h"
#include "sides/sides.h"
#include "state/state.h"

/* Our own directories, which the agent could fill. */
static void
remove_tree(const char *path)
{
	if (wx_remove_tree(AT_FDCWD, path) == -1)
		err(WX_FAIL, "cannot remove '%s'", path);
}

/* Those of other agents: HASH-NAME beside HASH. */
static void
remove_agents(const struct plan *p)
{
	const char *hash = strrchr(p->state, '/') + 1;
	char *dir = xprintf("%.*s", (int)(hash - p->state), p->state);
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = strlen(hash);

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, hash, n) == 0 && e->d_name[n] == '-' && wx_remove_tree(dirfd(d), e->d_name) == -1)
			err(WX_FAIL, "cannot remove '%s%s'", dir, e->d_name);
	if (d != NULL)
		(void)closedir(d);
	free(dir);
}

int
forget(const struct plan *p)
{
	char *users = xprintf("%s/users", p->run_dir);
	struct stat st;
	int mutex, fd;

	if (lstat(p->state, &st) == -1 && lstat(p->run_dir, &st) == -1)
		return WX_OK;
	/* Both must be folders of ours, and this project's. */
	state_make(p);
	mutex = state_lock(p);
	fd = open(users, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		err(WX_FAIL, "cannot open '%s'", users);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || runs_held(p))
		errx(WX_TEMP, "cannot forget '%s': a run is at work in it; try again", p->project);
	engine_sweep(p);
	remove_tree(p->state);
	remove_agents(p);
	remove_tree(p->run_dir);
	(void)close(fd);
	(void)close(mutex);
	free(users);
	return WX_OK;
}
