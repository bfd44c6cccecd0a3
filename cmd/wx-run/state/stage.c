/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/removetree.h"

char *
stage_make(const struct plan *p, const char *kind, int *lock)
{
	char *stage = xprintf("%s/%s-XXXXXX", p->run_dir, kind);

	if (mkdtemp(stage) == NULL)
		err(WX_CHAIN, "cannot make a folder in '%s'", p->run_dir);
	*lock = open(stage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*lock == -1 || flock(*lock, LOCK_EX) == -1)
		err(WX_CHAIN, "cannot lock '%s'", stage);
	return stage;
}

void
stage_write(const char *path, unsigned mode, const char *before, const void *data,
    size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1 || wx_write_all(fd, before, strlen(before)) == -1 ||
	    wx_write_all(fd, data, len) == -1 || fchmod(fd, (mode_t)mode) == -1 || close(fd) == -1)
		err(WX_CHAIN, "cannot write '%s'", path);
}

void
stage_remove(const char *path)
{
	(void)wx_remove_tree(AT_FDCWD, path);
}

void
stage_sweep(const struct plan *p, const char *kind, void (*forget)(const struct plan *p,
    const char *path))
{
	DIR *dir = opendir(p->run_dir);
	size_t len = strlen(kind);
	struct dirent *e;
	char *path;
	int fd;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, kind, len) != 0 || e->d_name[len] != '-')
			continue;
		path = xprintf("%s/%s", p->run_dir, e->d_name);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			forget(p, path);
		if (fd != -1)
			(void)close(fd);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}
