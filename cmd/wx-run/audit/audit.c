/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "look.h"

#define LOOK_AT_CLOCK 64                   /* entries between two looks */
#define WAITING_MAX   ((size_t)32 << 20)   /* bytes of paths that are still to be looked at */
#define LEFT_MAX      4000                 /* directories that are remembered for the next run */

struct walk {
	struct look look;
	struct timespec until;
	unsigned long seen;
	bool   stopped, interrupted, too_many;
	struct { struct place *v; size_t n, cap; } waiting;
	size_t next;             /* of WAITING, the first not yet looked at */
	size_t bytes;
	const struct lefts *left;
	struct lefts *rest;
};

struct timespec
audit_clock(void)
{
	return wx_file_clock();
}

/* A signal waits that is to end us (run_block_signals). */
static bool
signalled(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	size_t i;

	if (sigpending(&set) == -1)
		return false;
	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (sigismember(&set, ends[i]) == 1)
			return true;
	return false;
}

static bool
out_of_time(struct walk *w)
{
	struct timespec now;

	if (!w->stopped && ++w->seen % LOOK_AT_CLOCK == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		w->interrupted = signalled();
		w->stopped = w->interrupted || w->until.tv_sec < now.tv_sec ||
		    (w->until.tv_sec == now.tv_sec && w->until.tv_nsec < now.tv_nsec);
	}
	return w->stopped;
}

/* PLACE, whose path is copied, waits to be looked at. */
static void
add(struct walk *w, const struct place *place, const char *path)
{
	if (w->bytes + strlen(path) > WAITING_MAX) {
		w->too_many = w->stopped = true;
		return;
	}
	if (w->waiting.n == w->waiting.cap)
		w->waiting.v = xgrow(w->waiting.v, &w->waiting.cap, sizeof(*w->waiting.v));
	w->waiting.v[w->waiting.n] = *place;
	w->waiting.v[w->waiting.n++].path = xstrdup(path);
	w->bytes += strlen(path) + sizeof(*place);
}

/* An earlier look left PATH out, so that it waits by itself, with more that counts as new. */
static bool
waits(const struct walk *w, const char *path, unsigned flags)
{
	size_t i;

	if ((flags & MOVED) != 0)
		return false;
	for (i = 0; i < w->left->n; i++)
		if (strcmp(w->left->v[i].path, path) == 0)
			return true;
	return false;
}

/* The project's own git directory is not a part of the work tree. */
static bool
own_git(const struct guards *g, int root, const char *path)
{
	if (root != 0)
		return g->roots.v[root].git && strcmp(path, ".git") == 0;
	return (g->had_git && strcmp(path, ".git") == 0) ||
	    (g->own_git != NULL && strcmp(path, g->own_git) == 0);
}

/* The entry E of AT. */
static void
step(struct walk *w, const struct place *at, int fd, const struct dirent *e)
{
	size_t len = strlen(at->path), n = strlen(e->d_name);
	struct look *l = &w->look;
	struct place next;

	if (len + n + 2 > sizeof(l->path)) {
		look_found(l, "unfinished-walk", "its names are too long to be looked at");
		return;
	}
	memcpy(l->path, at->path, len);
	if (len > 0)
		l->path[len++] = '/';
	memcpy(l->path + len, e->d_name, n + 1);
	if (!own_git(l->g, l->root, l->path) && look_at(l, at, fd, e->d_name, e->d_ino, &next) &&
	    !look_sealed(l) && !waits(w, l->path, next.flags))
		add(w, &next, l->path);
	memcpy(l->path, at->path, strlen(at->path) + 1);
}

/* What is in AT cannot be looked at: said, and kept in mind, if the sandbox may have closed it; a
 * folder of the host's was so before. */
static void
cannot_enter(struct walk *w, const struct place *at)
{
	int why = errno;

	if (why == ENOENT || why == ENOTDIR || why == ELOOP || why == EXDEV ||
	    (why == EACCES && (at->flags & (CHANGED | MOVED)) == 0 && *at->path != '\0'))
		return;
	look_found(&w->look, "unfinished-walk", strerror(why));
	if (w->look.root == 0)
		lefts_add(w->rest, at->path, &at->since, at->flags);
}

/* FD, if what is in it can be looked at: without its x bit there are only names. */
static int
searchable(int fd)
{
	int saved;

	if (fd == -1 || faccessat(fd, ".", X_OK, 0) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static void
visit(struct walk *w, const struct place *at)
{
	int top = w->look.g->roots.v[w->look.root].fd, fd;
	struct dirent *e;
	unsigned parts = 0;
	DIR *dir;

	memcpy(w->look.path, at->path, strlen(at->path) + 1);
	fd = searchable(wx_beneath_open(top, at->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK));
	dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		cannot_enter(w, at);
		if (fd != -1)
			(void)close(fd);
		return;
	}
	while (!out_of_time(w) && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		parts |= look_part(e->d_name);
		step(w, at, fd, e);
	}
	look_for_bare(&w->look, at, fd, parts);
	(void)closedir(dir);
}

static void
set_end(struct walk *w, double seconds)
{
	(void)clock_gettime(CLOCK_MONOTONIC, &w->until);
	w->until.tv_sec += (time_t)seconds;
	w->until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (w->until.tv_nsec >= 1000000000) {
		w->until.tv_nsec -= 1000000000;
		w->until.tv_sec++;
	}
}

/* What waits: what earlier looks left out, then the project. */
static void
begin(struct walk *w, const struct timespec *start, bool killed)
{
	struct place top = { .since = *start, .flags = killed ? OLD : 0 };
	const struct left *l;
	struct place at;
	struct stat st;
	size_t i;

	for (i = 0; i < w->left->n; i++) {
		l = &w->left->v[i];
		at = (struct place){ .since = l->since, .flags = l->flags | OLD };
		/* Where a place is gone, what was in it may be anywhere. */
		if (*l->path == '\0' || wx_beneath_stat(w->look.g->roots.v[w->look.root].fd, l->path, &st) == -1) {
			top.flags |= OLD;
			if (l->since.tv_sec < top.since.tv_sec || (l->since.tv_sec == top.since.tv_sec &&
			    l->since.tv_nsec < top.since.tv_nsec))
				top.since = l->since;
		} else {
			at.ino = st.st_ino;
			add(w, &at, l->path);
		}
	}
	add(w, &top, "");
}

/* Remember what was not looked at. Too much of it: all. */
static void
keep_rest(struct walk *w, const struct timespec *start)
{
	struct timespec first = *start;
	const struct place *at;
	size_t i;

	for (i = w->next; i < w->waiting.n; i++) {
		at = &w->waiting.v[i];
		if (w->waiting.n - w->next <= LEFT_MAX && !w->too_many)
			lefts_add(w->rest, at->path, &at->since, at->flags);
		else if (at->since.tv_sec < first.tv_sec)
			first = at->since;
	}
	if (w->waiting.n - w->next > LEFT_MAX || w->too_many)
		lefts_add(w->rest, "", &first, 0);
}

static void
say_stopped(struct walk *w, double seconds)
{
	char *said;

	if (w->interrupted)
		said = xprintf("stopped by a signal after %lu entries; the next run looks at the rest",
		    w->seen);
	else
		said = xprintf("stopped after %.1f s and %lu entries; --walk-time gives more, and the "
		    "next run looks at the rest", seconds, w->seen);
	report_add(w->look.r, "unfinished-walk", ".", said);
	free(said);
}

static void
go_through(struct walk *w)
{
	struct place at;

	for (; w->next < w->waiting.n && !w->stopped; w->next += !w->stopped) {
		at = w->waiting.v[w->next];   /* the list moves as it grows */
		visit(w, &at);
	}
}

static void
forget_waiting(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->waiting.n; i++)
		free(w->waiting.v[i].path);
	w->waiting.n = w->next = w->bytes = 0;
}

/* The other directories that could be written inside, with the time that is left; what is left out
 * of them is not remembered. */
static void
look_at_others(struct walk *w, const struct timespec *start, bool killed)
{
	static const struct lefts none;
	const struct guards *g = w->look.g;
	bool was = w->stopped;
	size_t i;

	w->left = &none;
	for (i = 1; i < g->roots.n; i++) {
		if (!g->roots.v[i].tree)
			continue;
		forget_waiting(w);
		w->look.root = (int)i;
		begin(w, start, killed);
		go_through(w);
	}
	if (w->stopped && !was)
		look_found(&w->look, "unfinished-walk", "not all of what -m mounts was looked at; --walk-time gives more time");
	w->look.root = 0;
}

void
audit(const struct guards *g, const struct timespec *start, bool killed, double seconds,
    const struct lefts *left, struct lefts *rest, struct report *r)
{
	struct walk *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		report_add(r, "unfinished-walk", ".", strerror(ENOMEM));
		lefts_add(rest, "", start, 0);
		return;
	}
	w->look.g = g;
	w->look.r = r;
	w->left = left;
	w->rest = rest;
	set_end(w, seconds);
	if (killed)
		look_at_guards(&w->look, start);
	begin(w, start, killed);
	w->stopped |= seconds == 0;
	go_through(w);
	if (w->stopped) {
		keep_rest(w, start);
		if (seconds > 0)
			say_stopped(w, seconds);
	}
	look_at_others(w, start, killed);
	forget_waiting(w);
	free(w->waiting.v);
	free(w);
}
