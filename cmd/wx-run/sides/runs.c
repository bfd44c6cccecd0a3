/* SPDX-License-Identifier: MIT */
#include "sides.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "state/state.h"

#define DIGITS "0123456789"

/* 20261129T151500Z-4711 */
static bool
is_name(const char *s)
{
	return strspn(s, DIGITS) == 8 && s[8] == 'T' && strspn(s + 9, DIGITS) == 6 && s[15] == 'Z' &&
	    s[16] == '-' && s[17] != '\0' && s[17 + strspn(s + 17, DIGITS)] == '\0';
}

static int
by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The oldest first. */
static void
find_runs(const struct plan *p, struct strv *out)
{
	DIR *dir = opendir(p->run_dir);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (is_name(e->d_name))
			strv_addf(out, "%s/%s", p->run_dir, e->d_name);
	if (dir != NULL)
		(void)closedir(dir);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_string);
}

static bool
kept(const char *path)
{
	char *file = xprintf("%s/kept", path);
	bool yes = access(file, F_OK) == 0;

	free(file);
	return yes;
}

static void
say_killed(const struct plan *p, const char *run)
{
	bool mounted = p->label != NULL && *p->label != '\0';
	char *where = mounted ? xprintf("with '%s'", p->project) : xstrdup("in this project");

	warnx("an earlier run %s (%s) was killed before its commits came home: they come now", where, run);
	free(where);
}

/* True where nothing of it is left to do. */
static bool
bring(const char *path, const struct home *h, bool all)
{
	struct private v;
	bool ready, ok = true;
	int mutex = state_lock(h->plan), fd, rc;

	fd = wx_dir_open(AT_FDCWD, path);
	rc = fd == -1 ? -1 : flock(fd, LOCK_EX | LOCK_NB);
	(void)close(mutex);
	/* Somebody is at work in it. */
	if (rc == -1) {
		if (fd != -1)
			(void)close(fd);
		return true;
	}
	ready = private_read(path, &v);
	v.lock = fd;
	if (ready && kept(path) && !all) {
		(void)close(fd);
		return true;
	}
	if (ready && !private_changed(&v))
		ready = false;   /* nothing was committed */
	if (ready && !kept(path))
		say_killed(h->plan, v.name);
	if (ready)
		ok = home_bring(&v, h);
	if (ok)
		private_remove(&v);
	else
		runs_keep(&v);
	return ok;
}

bool
runs_bring(const struct home *h, bool all)
{
	struct strv runs = { 0 };
	bool ok = true;
	size_t i;

	find_runs(h->plan, &runs);
	for (i = 0; i < runs.n; i++)
		ok = bring(runs.v[i], h, all) && ok;
	return ok;
}

unsigned
runs_waiting(const struct plan *p)
{
	struct strv runs = { 0 };
	struct private v;
	unsigned n = 0;
	size_t i;
	int fd;

	find_runs(p, &runs);
	for (i = 0; i < runs.n; i++) {
		fd = wx_dir_open(AT_FDCWD, runs.v[i]);
		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0 && private_read(runs.v[i], &v)) {
			v.lock = fd;
			n += private_changed(&v);
		}
		if (fd != -1)
			(void)close(fd);
	}
	return n;
}

bool
runs_held(const struct plan *p)
{
	struct strv runs = { 0 };
	bool held = false;
	size_t i;
	int fd;

	find_runs(p, &runs);
	for (i = 0; i < runs.n && !held; i++) {
		fd = wx_dir_open(AT_FDCWD, runs.v[i]);
		held = fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1;
		if (fd != -1)
			(void)close(fd);
	}
	return held;
}

void
runs_keep(struct private *v)
{
	int fd = openat(v->lock, "kept", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1)
		warn("cannot note in '%s' that it is kept", v->path);
	else
		(void)close(fd);
	(void)close(v->lock);
	v->lock = -1;
}
