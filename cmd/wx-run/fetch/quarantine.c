/* SPDX-License-Identifier: MIT */
#include "quarantine.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/removetree.h"
#include "libcommon/tool/strv.h"

bool
quarantine_open(struct quarantine *q, const char *objects, const char *run)
{
	bool ok;

	*q = (struct quarantine){ .name = xprintf("tmp_objdir-wrapix-%s", run), .borrowed = quote_git(objects),
	    .objects = open(objects, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	q->path = xprintf("%s/%s", objects, q->name);
	ok = q->objects != -1 && wx_remove_tree(q->objects, q->name) == 0 && mkdirat(q->objects, q->name, 0700) == 0;
	if (!ok)
		quarantine_close(q);
	return ok;
}

/* The index of a pack makes it known: it comes last (as tmp-objdir.c of git has it). */
static int
turn(const char *name)
{
	static const char *const order[] = { ".keep", ".promisor", ".pack", ".rev", ".mtimes", ".bitmap", ".idx" };
	const char *end = strrchr(name, '.');
	int i;

	for (i = 0; end != NULL && i < 7; i++)
		if (strcmp(end, order[i]) == 0)
			return i + 1;
	return 0;
}

static int
by_turn(const void *a, const void *b)
{
	return turn(*(char *const *)a) - turn(*(char *const *)b);
}

/* Not "info", which names other directories of objects. */
static bool
is_store(const char *name)
{
	static const char hex[] = "0123456789abcdef";

	return strcmp(name, "pack") == 0 || (strlen(name) == 2 && strspn(name, hex) == 2);
}

static bool
names_in(int dir, struct strv *out)
{
	DIR *d = wx_dir_list(dir, ".");
	struct dirent *e;

	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			strv_add(out, e->d_name);
	(void)closedir(d);
	if (out->n > 0)
		qsort(out->v, out->n, sizeof(*out->v), by_turn);
	return true;
}

static bool move_all(int from, int to, const char *name);

/* NAME of FROM to TO; a directory that is there takes what is in this one. */
static bool
move_one(int from, int to, const char *name)
{
	struct stat st;
	bool ok;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (S_ISDIR(st.st_mode)) {
		ok = mkdirat(to, name, 0777) == 0 || errno == EEXIST;
		return ok && move_all(from, to, name);
	}
	/* An object is named by what is in it: one that is there is the same. */
	return linkat(from, name, to, name, 0) == 0 || errno == EEXIST ||
	    (errno == EPERM && renameat(from, name, to, name) == 0);
}

static bool
move_all(int from, int to, const char *name)
{
	int in = wx_dir_open(from, name), out = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct strv names = { 0 };
	bool ok = in != -1 && out != -1 && names_in(in, &names);
	size_t i;

	for (i = 0; ok && i < names.n; i++)
		ok = move_one(in, out, names.v[i]);
	if (in != -1)
		(void)close(in);
	if (out != -1)
		(void)close(out);
	return ok;
}

bool
quarantine_accept(const struct quarantine *q)
{
	struct strv names = { 0 };
	int fd = wx_dir_open(q->objects, q->name);
	bool ok = fd != -1 && names_in(fd, &names);
	size_t i;

	for (i = 0; ok && i < names.n; i++)
		ok = !is_store(names.v[i]) || move_one(fd, q->objects, names.v[i]);
	if (fd != -1)
		(void)close(fd);
	return ok;
}

void
quarantine_close(struct quarantine *q)
{
	if (q->objects != -1) {
		(void)wx_remove_tree(q->objects, q->name);
		(void)close(q->objects);
	}
	free(q->path);
	free(q->borrowed);
	free(q->name);
	*q = (struct quarantine){ .objects = -1 };
}
