/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

#define NAME_PREFIX "run."
#define IN_FOLDER   sizeof("/" NAME_PREFIX "XXXXXX" FOLDER_GIVEN_SOCKET)
#define WAIT_MS     10000 /* for another one who makes, or sweeps, at this moment */

/* The path of the folder of folders; it may not be there. Of characters that neither a shell
 * nor ssh_config takes for more than they are: it becomes a part of GIT_SSH_COMMAND. */
static void
base_path(char out[static FOLDER_PATH])
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+@:,";
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime != NULL && *runtime == '/' && access(runtime, W_OK | X_OK) == 0 &&
	    runtime[strspn(runtime, plain)] == '\0' &&
	    strlen(runtime) + strlen("/wrapix") + IN_FOLDER < FOLDER_PATH)
		(void)snprintf(out, FOLDER_PATH, "%s/wrapix", runtime);
	else
		(void)snprintf(out, FOLDER_PATH, "/tmp/wrapix-%ju", (uintmax_t)geteuid());
}

/* Somebody else may have been in /tmp before us. */
static int
open_base(const char *path)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		err(WX_CHAIN, "cannot make folder '%s'", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		err(WX_CHAIN, "cannot open folder '%s'", path);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_CHAIN, "cannot use '%s': it must be a folder of yours that nobody else can "
		    "enter; move it away", path);
	return fd;
}

/* Every name in the folder but the two that each has. The stream owns the descriptor. */
static struct dirent *
next_name(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return e;
	return NULL;
}

static DIR *
list(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);

	if (d == NULL && fd != -1)
		(void)close(fd);
	return d;
}

/* There are only files in it. */
static void
empty(int dir)
{
	DIR *d = list(dir);
	struct dirent *e;

	if (d == NULL)
		return;
	while ((e = next_name(d)) != NULL)
		(void)unlinkat(dir, e->d_name, 0);
	(void)closedir(d);
}

/* What nobody holds is of one that was killed. Its ssh-agent has ended, or is about to,
 * see keeper.c. */
static void
sweep(int base)
{
	DIR *d = list(base);
	struct dirent *e;
	int fd;

	if (d == NULL)
		return;
	while ((e = next_name(d)) != NULL) {
		if (strncmp(e->d_name, NAME_PREFIX, strlen(NAME_PREFIX)) != 0)
			continue;
		fd = openat(base, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1)
			continue;
		if (wx_dir_lock(fd, 0) == 0) {
			empty(fd);
			(void)unlinkat(base, e->d_name, AT_REMOVEDIR);
		}
		(void)close(fd);
	}
	(void)closedir(d);
}

void
folder_make(struct folder *f)
{
	char path[FOLDER_PATH];
	int base, n;

	base_path(path);
	base = open_base(path);
	if (wx_dir_lock(base, WAIT_MS) == -1)
		errx(WX_CHAIN, "folder '%s' is locked by another: try again", path);
	sweep(base);
	n = snprintf(f->path, sizeof(f->path), "%s/" NAME_PREFIX "XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(f->path) || mkdtemp(f->path) == NULL)
		err(WX_CHAIN, "cannot make a folder in '%s'", path);
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd == -1 || wx_dir_lock(f->fd, 0) == -1)
		err(WX_CHAIN, "cannot lock folder '%s'", f->path);
	(void)close(base);
}

void
folder_write(const struct folder *f, const char *name, const void *buf, size_t len)
{
	int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1 || wx_write_all(fd, buf, len) == -1 || close(fd) == -1)
		err(WX_CHAIN, "cannot write '%s/%s'", f->path, name);
}

void
folder_remove(const struct folder *f)
{
	empty(f->fd);
	(void)rmdir(f->path);
}
