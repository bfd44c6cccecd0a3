/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "beneath.h"
#include "gitindex.h"

#define DEPTH_MAX 200
#define LOOK_AT_CLOCK 64   /* entries between two looks */

/* A place in the walk. */
struct place {
	int  fd;
	int  depth;
	bool in_kind;    /* below a folder of a protected kind */
	bool in_git;     /* below the project's own git folder */
};

struct walk {
	const struct guards *g;
	struct report *r;
	struct timespec start, until;
	unsigned long seen;
	bool   stopped;
	char   path[PATH_MAX];   /* of the entry under the eye */
	size_t len;
};

struct timespec
audit_clock(void)
{
	struct timespec t;

	/* The kernel stamps inodes by the coarse clock (current_time()). */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return t;
}

static bool
before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static bool
is_new(const struct walk *w, const struct stat *st)
{
	return !before(&st->st_ctim, &w->start);
}

static bool
out_of_time(struct walk *w)
{
	struct timespec now;

	if (!w->stopped && ++w->seen % LOOK_AT_CLOCK == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		w->stopped = before(&w->until, &now);
	}
	return w->stopped;
}

static bool
guarded(const struct walk *w)
{
	const struct guard *gd;
	size_t i;

	for (i = 0; i < w->g->list.n; i++) {
		gd = &w->g->list.v[i];
		if (gd->root == 0 && gd->kind == GUARD_RO && path_within(w->path, gd->rel))
			return true;
	}
	return false;
}

/* Is the entry of a protected kind, at whatever depth? The patterns with a '/'
 * match the last two parts of the path. */
static bool
of_kind(const struct walk *w)
{
	const char *name = strrchr(w->path, '/'), *two = w->path, *p;
	const char *const *d;

	name = name == NULL ? w->path : name + 1;
	for (p = w->path; p < name - 1; p++)
		if (*p == '/')
			two = p + 1;
	for (d = guard_defaults; *d != NULL; d++)
		if (fnmatch(*d, strchr(*d, '/') == NULL ? name : two, FNM_PATHNAME) == 0)
			return true;
	return words_have(&w->g->watch, w->path);
}

/* Does the link at PATH, read as TARGET, lead out of the project? By the words:
 * each link inside is looked at by itself. */
static bool
leaves(const char *path, const char *target)
{
	const char *p;
	long depth = 0;
	size_t n;

	if (*target == '/')
		return true;
	for (p = path; (p = strchr(p, '/')) != NULL; p++)
		depth++;
	for (p = target; *p != '\0'; p += n) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			depth--;
		else if (n > 0 && !(n == 1 && *p == '.'))
			depth++;
		if (depth < 0)
			return true;
	}
	return false;
}

static void
look_at_link(struct walk *w, const struct place *at, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(at->fd, name, target, sizeof(target) - 1);

	if (n <= 0)
		return;
	target[n] = '\0';
	if (leaves(w->path, target))
		report_add(w->r, "symlink-out", w->path, target);
}

/* A ".git" in the tree. The project's own is guarded, if it was there. */
static bool
look_at_git(struct walk *w, const struct place *at, const struct stat *st)
{
	if (at->depth == 0 && w->g->had_git)
		return true;
	if (is_new(w, st))
		report_add(w->r, at->depth == 0 ? "repository" : "nested-repository", w->path,
		    "the host's git reads its config when it enters this folder");
	return false;
}

static void walk_dir(struct walk *w, struct place at);

/* One entry. True if it is to be gone into. */
static bool
look_at(struct walk *w, const struct place *at, const char *name, struct stat *st,
    bool *in_kind)
{
	bool kind;

	if (fstatat(at->fd, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (strcmp(name, ".git") == 0 && !at->in_git)
		return look_at_git(w, at, st) && S_ISDIR(st->st_mode);
	kind = !at->in_git && (at->in_kind || of_kind(w));
	*in_kind = kind;
	if (is_new(w, st)) {
		if (kind && !guarded(w) && (!at->in_kind || !S_ISDIR(st->st_mode)))
			report_add(w->r, "protected-kind", w->path, NULL);
		if (S_ISREG(st->st_mode) && (st->st_mode & (S_ISUID | S_ISGID)) != 0)
			report_add(w->r, "set-uid", w->path, NULL);
		if (S_ISLNK(st->st_mode))
			look_at_link(w, at, name);
	}
	/* A git folder's objects hold no names that anything acts upon. */
	return S_ISDIR(st->st_mode) && !(at->in_git && strcmp(name, "objects") == 0);
}

static void
enter(struct walk *w, const struct place *at, const char *name, bool in_kind)
{
	struct place next = { .depth = at->depth + 1, .in_kind = in_kind,
	    .in_git = at->in_git || strcmp(name, ".git") == 0 };

	next.fd = openat(at->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next.fd != -1)
		walk_dir(w, next);
}

/* HEAD, objects and refs side by side: a repository without a tree, which git
 * enters as one. */
static void
look_for_bare(struct walk *w, const struct place *at, unsigned parts)
{
	struct stat st;

	if (parts == 7 && !at->in_git && at->depth > 0 &&
	    fstatat(at->fd, "HEAD", &st, AT_SYMLINK_NOFOLLOW) == 0 && is_new(w, &st))
		report_add(w->r, "bare-repository", w->path, NULL);
}

static void
walk_dir(struct walk *w, struct place at)
{
	DIR *dir = fdopendir(at.fd);
	struct dirent *e;
	struct stat st;
	size_t len = w->len, n;
	unsigned parts = 0;
	bool in_kind;

	if (dir == NULL) {
		(void)close(at.fd);
		return;
	}
	while (!out_of_time(w) && (e = readdir(dir)) != NULL) {
		n = strlen(e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (len + n + 2 > sizeof(w->path) || at.depth > DEPTH_MAX) {
			w->stopped = true;
			break;
		}
		if (len > 0)
			w->path[len] = '/';
		memcpy(w->path + len + (len > 0), e->d_name, n + 1);
		w->len = len + (len > 0) + n;
		in_kind = false;
		parts |= strcmp(e->d_name, "HEAD") == 0 ? 1 : strcmp(e->d_name, "objects") == 0 ? 2 :
		    strcmp(e->d_name, "refs") == 0 ? 4 : 0;
		if (look_at(w, &at, e->d_name, &st, &in_kind))
			enter(w, &at, e->d_name, in_kind);
		w->len = len;
		w->path[len] = '\0';
	}
	look_for_bare(w, &at, parts);
	(void)closedir(dir);
}

/* ---- git's own folder ---- */

/* A gitlink of the index that leads to a repository that is there: git status
 * descends into it, with its configuration. */
static void
look_at_gitlink(struct walk *w, const char *path)
{
	char *dot = xprintf("%s/.git", path);
	struct stat st;

	if (beneath_stat(w->g->roots.v[0].fd, dot, &st) == 0 &&
	    (S_ISDIR(st.st_mode) || is_new(w, &st)))
		report_add(w->r, "gitlink", path,
		    "git status enters it and reads its config; --ignore-submodules=all does not");
	free(dot);
}

static void
look_at_index(struct walk *w, int root, const char *dir)
{
	char *path = xprintf("%s%sindex", dir, *dir == '\0' ? "" : "/");
	int fd = beneath_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct words links = { 0 };
	struct stat st;
	void *map = MAP_FAILED;
	size_t i;

	free(path);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    is_new(w, &st))
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd != -1)
		(void)close(fd);
	if (map == MAP_FAILED)
		return;
	if (gitindex_links(map, (size_t)st.st_size, 20, &links) == -1) {
		links.n = 0;
		if (gitindex_links(map, (size_t)st.st_size, 32, &links) == -1)
			report_add(w->r, "unfinished-walk", ".git/index", "cannot be read");
	}
	(void)munmap(map, (size_t)st.st_size);
	for (i = 0; i < links.n; i++)
		look_at_gitlink(w, links.v[i]);
}

static void
look_at_git_dir(struct walk *w, int root, const char *dir)
{
	static const char *const todo[] = { "rebase-merge", "rebase-apply", "sequencer" };
	const struct guard_root *r = &w->g->roots.v[root];
	struct stat st;
	char *path, *name;
	size_t i;

	for (i = 0; i < sizeof(todo) / sizeof(*todo); i++) {
		path = xprintf("%s%s%s", dir, *dir == '\0' ? "" : "/", todo[i]);
		if (beneath_stat(r->fd, path, &st) == 0 && is_new(w, &st)) {
			name = xprintf("%s%s", r->label, path);
			report_add(w->r, "unfinished-rebase", name,
			    "git rebase --continue runs the commands of its list");
			free(name);
		}
		free(path);
	}
	look_at_index(w, r->fd, dir);
}

void
audit(const struct guards *g, const struct timespec *start, double seconds,
    struct report *r)
{
	struct walk *w = calloc(1, sizeof(*w));
	char *rel, *said;
	size_t i;
	int root;

	if (w == NULL)
		return;
	w->g = g;
	w->r = r;
	w->start = *start;
	(void)clock_gettime(CLOCK_MONOTONIC, &w->until);
	w->until.tv_sec += (time_t)seconds;
	w->until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (w->until.tv_nsec >= 1000000000) {
		w->until.tv_nsec -= 1000000000;
		w->until.tv_sec++;
	}
	for (i = 0; i < g->git_dirs.n; i++) {
		root = (int)strtol(g->git_dirs.v[i], &rel, 10);
		look_at_git_dir(w, root, rel + 1);
	}
	if (seconds > 0)
		walk_dir(w, (struct place){ .fd = beneath_open(g->roots.v[0].fd, "",
		    O_RDONLY | O_DIRECTORY) });
	if (w->stopped) {
		said = xprintf("stopped after %.1f s and %lu entries; --walk-time gives more",
		    seconds, w->seen);
		report_add(r, "unfinished-walk", ".", said);
		free(said);
	}
	free(w);
}
