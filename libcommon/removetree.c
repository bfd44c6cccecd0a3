/* SPDX-License-Identifier: MIT */
#include "libcommon/removetree.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Two levels are enough: a directory in the top one is emptied, and what directories are
 * in it move up into the top one, under new names, for their turn. The names are numbers
 * in a row, so that each is found again without a list of them. A name that is taken is
 * passed over: it is removed in its turn, as everything there.
 */
struct tree {
	DIR               *top;
	dev_t              dev;
	unsigned long long next;    /* the number of the next name */
	unsigned long long done;    /* all names before it had their turn */
	unsigned long long steps;   /* entries that may still be handled */
};

#define PASSES_MAX 16            /* lists of a directory that others fill meanwhile */
#define STEPS_MAX  (1ULL << 24)  /* of one call, where the file system does not count its files */
#define STEPS_MORE (1ULL << 16)  /* than there are */
#define NAME_SIZE  32

static bool
not_empty(int error)
{
	return error == ENOTEMPTY || error == EEXIST;
}

/* Another process was faster, or the top directory has as many as it can: the next list
 * tells what is there. */
static bool
for_later(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EISDIR || error == ELOOP ||
	    error == EMLINK;
}

static int
close_with(int fd, int error)
{
	(void)close(fd);
	errno = error;
	return -1;
}

/* The directory NAME in DIR, on the file system DEV (0: any), and ours to change. */
static int
open_dir(int dir, const char *name, dev_t dev)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(dir, name, flags);
	struct stat st;

	if (fd == -1 && errno == EACCES && fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dir, name, flags);
	if (fd == -1 || fstat(fd, &st) == -1)
		return fd == -1 ? -1 : close_with(fd, errno);
	if (dev != 0 && st.st_dev != dev)
		return close_with(fd, EXDEV);
	if ((st.st_mode & 0700) != 0700 && fchmod(fd, 0700) == -1)
		return close_with(fd, errno);
	return fd;
}

/* The next entry, or NULL: errno is 0 at the end. */
static const char *
next_name(DIR *dir)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(dir);
	} while (e != NULL && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	return e == NULL ? NULL : e->d_name;
}

/* 0 if NAME is no more; 1 if it is a directory with something in it; or -1 with errno. */
static int
remove_entry(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT)
		return 0;
	return S_ISDIR(st.st_mode) && not_empty(errno) ? 1 : -1;
}

/* The same of what may be left for the next list. */
static int
remove_one(struct tree *t, int dir, const char *name)
{
	int rc = -1;

	errno = ENOTEMPTY;
	if (t->steps > 0) {
		t->steps--;
		rc = remove_entry(dir, name);
	}
	return rc == -1 && for_later(errno) ? 0 : rc;
}

static void
number_name(char name[static NAME_SIZE], unsigned long long number)
{
	(void)snprintf(name, NAME_SIZE, ".wx-remove.%llx", number);
}

/* The directory NAME in DIR goes to the top. Its ".." changes: it must be ours to write. */
static int
move_up(struct tree *t, int dir, const char *name)
{
	int fd = open_dir(dir, name, t->dev);
	char up[NAME_SIZE];

	if (fd == -1)
		return for_later(errno) ? 0 : -1;
	(void)close(fd);
	while (t->steps > 0) {
		t->steps--;
		number_name(up, t->next++);
		if (renameat(dir, name, dirfd(t->top), up) == 0)
			return 0;
		if (!not_empty(errno) && errno != ENOTDIR)
			return for_later(errno) ? 0 : -1;
	}
	errno = ENOTEMPTY;
	return -1;
}

/* All that is in FD, which is closed. */
static int
empty(struct tree *t, int fd)
{
	DIR *dir = fdopendir(fd);
	const char *name;
	int rc = 0, saved;

	if (dir == NULL)
		return close_with(fd, errno);
	while (rc == 0 && (name = next_name(dir)) != NULL) {
		rc = remove_one(t, dirfd(dir), name);
		if (rc == 1)
			rc = move_up(t, dirfd(dir), name);
	}
	saved = errno;
	(void)closedir(dir);
	errno = saved;
	return saved == 0 ? rc : -1;
}

/* NAME in the top directory. */
static int
remove_in_top(struct tree *t, const char *name)
{
	unsigned long long before;
	int rc = remove_one(t, dirfd(t->top), name), fd, pass;

	for (pass = 0; rc == 1 && pass < PASSES_MAX; pass++) {
		before = t->next;
		fd = open_dir(dirfd(t->top), name, t->dev);
		if (fd == -1)
			return for_later(errno) ? 0 : -1;
		rc = empty(t, fd);
		if (rc == 0)
			rc = remove_one(t, dirfd(t->top), name);
		/* The top was full, and is less so when others had their turn. */
		if (rc == 1 && t->next != before)
			return 0;
	}
	if (rc == 1)
		errno = ENOTEMPTY;
	return rc == 0 ? 0 : -1;
}

/* All that is in the top directory, and what moves there meanwhile. */
static int
empty_top(struct tree *t)
{
	char number[NAME_SIZE];
	const char *name;
	int rc = 0;

	rewinddir(t->top);
	while (rc == 0 && (name = next_name(t->top)) != NULL)
		rc = remove_in_top(t, name);
	if (rc == 0 && errno != 0)
		rc = -1;
	while (rc == 0 && t->done < t->next) {
		number_name(number, t->done++);
		rc = remove_in_top(t, number);
	}
	return rc;
}

/*
 * Who makes files as fast as we remove them could keep us at it for ever. There can be no
 * more than all files of the file system, each listed and moved once; of hard links there
 * can, and then the next call goes on.
 */
static unsigned long long
steps_for(int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) == -1 || fs.f_files <= fs.f_ffree)
		return STEPS_MAX;
	return (unsigned long long)(fs.f_files - fs.f_ffree) * 4 + STEPS_MORE;
}

int
wx_remove_tree(int dir, const char *name)
{
	struct tree t = { 0 };
	int rc = remove_entry(dir, name), fd, pass, saved;
	struct stat st;

	if (rc != 1)
		return rc;
	fd = open_dir(dir, name, 0);
	if (fd == -1)
		return -1;
	t.top = fstat(fd, &st) == -1 ? NULL : fdopendir(fd);
	if (t.top == NULL)
		return close_with(fd, errno);
	t.dev = st.st_dev;
	t.steps = steps_for(fd);
	/* One is enough, unless others are at work. */
	for (pass = 0; rc == 1 && pass < PASSES_MAX; pass++) {
		rc = empty_top(&t);
		if (rc == 0)
			rc = remove_entry(dir, name);
	}
	saved = rc == 1 ? ENOTEMPTY : errno;
	(void)closedir(t.top);
	errno = saved;
	return rc == 0 ? 0 : -1;
}
