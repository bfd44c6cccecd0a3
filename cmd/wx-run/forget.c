/* SPDX-License-Identifier: MIT */
#include "forget.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/conrun.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "engine/podman.h"
#include "state/state.h"

#define DEPTH_MAX 256   /* folders that are open at once */

/* All that is in FD, which is closed. No link is followed; a folder that its maker
 * closed is opened first: it is ours. False with errno. */
static bool
empty(int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	struct stat st;
	bool ok = dir != NULL && depth < DEPTH_MAX;
	int sub;

	if (dir != NULL && !ok)
		errno = ENAMETOOLONG;
	while (ok && (errno = 0, e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		ok = fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (ok && !S_ISDIR(st.st_mode)) {
			ok = unlinkat(dirfd(dir), e->d_name, 0) == 0;
		} else if (ok) {
			ok = fchmodat(dirfd(dir), e->d_name, 0700, 0) == 0;
			sub = !ok ? -1 : openat(dirfd(dir), e->d_name,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			ok = sub != -1 && empty(sub, depth + 1) &&
			    unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR) == 0;
		}
	}
	ok = ok && errno == 0;
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
	return ok;
}

static void
remove_tree(const char *path)
{
	int fd;

	(void)chmod(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return;
	if (fd == -1 || !empty(fd, 0) || rmdir(path) == -1)
		err(WX_FAIL, "cannot remove '%s'", path);
}

int
forget(struct plan *p)
{
	char *users = xprintf("%s/users", p->run_dir);
	struct stat st;
	int mutex, fd;

	if (lstat(p->state, &st) == -1 && lstat(p->run_dir, &st) == -1)
		return WX_OK;
	/* What a killed run left may be a container. */
	p->podman = host_program("podman");
	p->container = host_program("container");
	/* Both must be folders of ours, and this project's. */
	state_make(p);
	mutex = state_lock(p);
	fd = open(users, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		err(WX_FAIL, "cannot open '%s'", users);
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		errx(WX_TEMP, "cannot forget '%s': a run is at work in it; try again", p->project);
	if (p->podman != NULL)
		podman_sweep(p);
	if (p->container != NULL)
		conrun_sweep(p);
	remove_tree(p->state);
	remove_tree(p->run_dir);
	(void)close(fd);
	(void)close(mutex);
	free(users);
	return WX_OK;
}
