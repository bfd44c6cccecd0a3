/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"

#define FILE_MAX 16384   /* bytes of a run's file: paths, above all */
#define DOOR ".sock"

static char *
dir_name(const struct plan *p)
{
	char *base = host_xdg(p, "STATE", ".local/state"), *dir = xprintf("%s/wrapix/.atwork.run", base);

	free(base);
	return dir;
}

bool
live_holds(const struct plan *p, const char *path)
{
	char *dir = dir_name(p);
	bool yes = path_within(path, dir);

	free(dir);
	return yes;
}

int
live_dir(const struct plan *p)
{
	char *dir = dir_name(p);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	free(dir);
	return fd;
}

char *
live_door(const char *run)
{
	return xprintf("%s" DOOR, run);
}

static int
lock(int fd, int how)
{
	int rc;

	do
		rc = flock(fd, how);
	while (rc == -1 && errno == EINTR);
	return rc;
}

/* Held for moments: while a file is made and locked, and while they are looked at. -1 with errno. */
static int
hold_mutex(int dir)
{
	int fd = openat(dir, "mutex", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd != -1 && lock(fd, LOCK_EX) == -1) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* NAME is a run's: 20261129T151500Z-4711. */
static bool
is_run(const char *s)
{
	static const char digits[] = "0123456789";

	return strspn(s, digits) == 8 && s[8] == 'T' && strspn(s + 9, digits) == 6 && s[15] == 'Z' &&
	    s[16] == '-' && s[17] != '\0' && s[17 + strspn(s + 17, digits)] == '\0';
}

static void
remove_files(int dir, const char *run)
{
	char *door = live_door(run);

	(void)unlinkat(dir, door, 0);
	(void)unlinkat(dir, run, 0);
	free(door);
}

/* Of a file's path: what it is called by. */
static char *
short_name(const char *path)
{
	const char *name = path == NULL ? "" : strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
	size_t n = strlen(name);

	if (n > strlen(".json") && strcmp(name + n - strlen(".json"), ".json") == 0)
		n -= strlen(".json");
	return xprintf("%.*s", (int)n, name);
}

/* Words, each ended by NUL. */
static bool
write_file(int fd, const struct plan *p, const char *profile, const char *agent)
{
	char *name = short_name(profile);
	const char *words[] = { p->project, p->engine->name, name, agent == NULL ? "" : agent };
	char *pid = xprintf("%ld %llu", (long)getpid(), wx_proc_pid_namespace());
	bool ok = wx_write_all(fd, pid, strlen(pid) + 1) == 0;
	size_t i;

	for (i = 0; ok && i < sizeof(words) / sizeof(*words); i++)
		ok = wx_write_all(fd, words[i], strlen(words[i]) + 1) == 0;
	free(name);
	free(pid);
	return ok;
}

int
live_begin(const struct plan *p, const char *profile, const char *agent)
{
	char *name = dir_name(p);
	int dir, mutex, fd;

	if (mkdir(name, 0700) == -1 && errno != EEXIST)
		err(WX_CHAIN, "cannot make '%s'", name);
	dir = live_dir(p);
	mutex = dir == -1 ? -1 : hold_mutex(dir);
	if (mutex == -1)
		err(WX_CHAIN, "cannot use '%s'", name);
	fd = openat(dir, p->run, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1 || lock(fd, LOCK_EX) == -1 || !write_file(fd, p, profile, agent))
		err(WX_CHAIN, "cannot write '%s/%s'", name, p->run);
	(void)close(mutex);
	(void)close(dir);
	free(name);
	return fd;
}

void
live_end(const struct plan *p, int fd)
{
	int dir = live_dir(p);

	if (dir != -1) {
		remove_files(dir, p->run);
		(void)close(dir);
	}
	(void)close(fd);
}

/* The next word at *AT, which moves on; "" where the file ends. The caller owns it. */
static char *
next_word(const char **at, const char *end)
{
	char *word = xstrdup(*at < end ? *at : "");

	*at += *at < end ? strlen(*at) + 1 : 0;
	return word;
}

/* What the file FD says, whose name is RUN. False: it is none of ours. */
static bool
read_file(int fd, const char *run, struct live *l)
{
	static char buf[FILE_MAX + 1];
	ssize_t n = lseek(fd, 0, SEEK_SET) == -1 ? -1 : wx_read_all(fd, buf, FILE_MAX);
	unsigned long long space = 0;
	const char *at = buf;
	char *pid, *rest;

	if (n <= 0)
		return false;
	buf[n] = '\0';
	pid = next_word(&at, buf + n);
	l->pid = strtol(pid, &rest, 10);
	if (*rest == ' ')
		space = strtoull(rest + 1, NULL, 10);
	if (space != wx_proc_pid_namespace())
		l->pid = 0;
	free(pid);
	l->project = next_word(&at, buf + n);
	l->engine = next_word(&at, buf + n);
	l->profile = next_word(&at, buf + n);
	l->agent = next_word(&at, buf + n);
	l->run = xstrdup(run);
	return *l->project == '/';
}

/* Is its lock held? */
static bool
held(int fd)
{
	return lock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
}

static void
look_at(int dir, const char *name, struct lives *out)
{
	int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct live l;

	if (fd == -1)
		return;
	if (!held(fd)) {
		remove_files(dir, name);
	} else if (read_file(fd, name, &l)) {
		if (out->n == out->cap)
			out->v = xgrow(out->v, &out->cap, sizeof(*out->v));
		out->v[out->n++] = l;
	}
	(void)close(fd);
}

static int
by_run(const void *a, const void *b)
{
	const struct live *x = a, *y = b;
	int rc = strncmp(x->run, y->run, strlen("20261129T151500Z"));

	return rc != 0 ? rc : (x->pid > y->pid) - (x->pid < y->pid);
}

void
live_list(const struct plan *p, struct lives *out)
{
	int dir = live_dir(p), mutex;
	struct dirent *e;
	DIR *d;

	if (dir == -1 && errno == ENOENT)
		return;
	mutex = dir == -1 ? -1 : hold_mutex(dir);
	d = mutex == -1 ? NULL : fdopendir(dir);
	if (d == NULL)
		err(WX_CHAIN, "cannot look at the runs at work");
	while ((e = readdir(d)) != NULL)
		if (is_run(e->d_name))
			look_at(dir, e->d_name, out);
	(void)closedir(d);
	(void)close(mutex);
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), by_run);
}

bool
live_there(const struct plan *p, const struct live *l)
{
	int dir = live_dir(p), fd = dir == -1 ? -1 : openat(dir, l->run, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool yes = fd != -1 && held(fd);

	if (fd != -1)
		(void)close(fd);
	if (dir != -1)
		(void)close(dir);
	return yes;
}

char *
live_since(const char *run)
{
	return xprintf("%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", run, run + 4, run + 6, run + 9, run + 11, run + 13);
}
