/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/tool/strv.h"

#define DEPTH_MAX 200

/* What a directory is to git. */
enum what {
	REPOSITORY,    /* what all work trees share, and the main one's own */
	WORK_TREE,     /* a linked one's own */
	WORK_TREES,    /* these */
	MODULES,       /* the git directories of submodules, or of some of them: their names have slashes */
	OBJECTS,       /* whose directories are written, and not what is in them */
	ALL,           /* all that is in it is written */
	OTHER,         /* only read */
};

static bool
is_repository(int fd)
{
	return faccessat(fd, "HEAD", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    faccessat(fd, "objects", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The entry NAME of a directory that is AT. */
static enum what
what_is(enum what at, const char *name)
{
	if (at == WORK_TREES)
		return WORK_TREE;
	if (at == MODULES || at == ALL)
		return at;
	if (at != REPOSITORY && at != WORK_TREE)
		return OTHER;
	if (strcmp(name, "refs") == 0 || strcmp(name, "logs") == 0 || strcmp(name, "reftable") == 0 ||
	    strcmp(name, "index") == 0 || strcmp(name, "packed-refs") == 0)
		return ALL;
	if (strcmp(name, "objects") == 0 || strcmp(name, "lfs") == 0)
		return OBJECTS;
	if (strcmp(name, "worktrees") == 0)
		return WORK_TREES;
	return strcmp(name, "modules") == 0 ? MODULES : OTHER;
}

static bool
is_link(int fd, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_LNK;
	return fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

static bool look(int fd, const char *path, enum what at, int depth, char wrong[static 512]);

static char *
join(const char *path, const char *name)
{
	return *path == '\0' ? xstrdup(name) : xprintf("%s/%s", path, name);
}

static bool
refuse(const char *path, const char *name, const char *what, char wrong[static 512])
{
	char *full = join(path, name), *said = escaped(full);

	(void)snprintf(wrong, 512, "its '%.400s' %s", said, what);
	free(said);
	free(full);
	return false;
}

/* The entry E of FD, which is at PATH. */
static bool
look_at(int fd, const struct dirent *e, const char *path, enum what at, int depth, char wrong[static 512])
{
	enum what is = what_is(at, e->d_name);
	char *sub;
	int down;
	bool ok;

	if (at == REPOSITORY && strcmp(e->d_name, "commondir") == 0)
		return refuse(path, e->d_name, "leads git elsewhere", wrong);
	if (is == OTHER && at != OBJECTS)
		return true;
	if (is_link(fd, e))
		return refuse(path, e->d_name, "is a symbolic link", wrong);
	down = is == OTHER || e->d_type == DT_REG ? -1 : wx_dir_open(fd, e->d_name);
	if (down == -1)
		return true;
	if (depth == DEPTH_MAX) {
		(void)close(down);
		return refuse(path, e->d_name, "is too deep", wrong);
	}
	if (is == MODULES && is_repository(down))
		is = REPOSITORY;
	sub = join(path, e->d_name);
	ok = look(down, sub, is, depth + 1, wrong);
	free(sub);
	return ok;
}

/* FD, which is closed, is at PATH. */
static bool
look(int fd, const char *path, enum what at, int depth, char wrong[static 512])
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	bool ok = true;

	while (dir != NULL && ok && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			ok = look_at(dirfd(dir), e, path, at, depth, wrong);
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
	return ok;
}

bool
plain_git(const char *dir, char wrong[static 512])
{
	int fd = wx_dir_open(AT_FDCWD, dir);

	if (fd == -1) {
		(void)snprintf(wrong, 512, "it cannot be opened");
		return false;
	}
	return look(fd, "", REPOSITORY, 0, wrong);
}
