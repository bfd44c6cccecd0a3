/* SPDX-License-Identifier: MIT */
#include "kinds.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"

#define DIRECTORIES_MAX  50000
#define SECONDS_MAX      0.25
#define ENTRIES_A_LOOK   1024   /* entries between two looks at the clock */

struct entry {
	ino_t parent, ino;
	size_t name;           /* offset in NAMES */
};

struct known {
	struct { struct entry *v; size_t n, cap; } list;
	struct { char *v; size_t n, cap; } names;
	bool all;
};

/* A directory that is still to be read. */
struct todo {
	char *path;
	ino_t ino;
};

struct look {
	struct known *k;
	struct strv *repositories;
	const char *skip;
	int root;
	bool counts;           /* the file system counts subdirectories in st_nlink */
	struct timespec until;
	size_t entries;
	struct { struct todo *v; size_t n, cap; } todo;
};

static size_t
keep_name(struct known *k, const char *name)
{
	size_t n = strlen(name) + 1, at = k->names.n;

	while (k->names.n + n > k->names.cap)
		k->names.v = xgrow(k->names.v, &k->names.cap, 1);
	memcpy(k->names.v + at, name, n);
	k->names.n += n;
	return at;
}

static bool
out_of_time(struct look *l)
{
	struct timespec now;

	if (l->entries++ % ENTRIES_A_LOOK == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		if (l->until.tv_sec < now.tv_sec ||
		    (l->until.tv_sec == now.tv_sec && l->until.tv_nsec < now.tv_nsec))
			l->k->all = false;
	}
	return !l->k->all;
}

/* The directory NAME of DIR: noted, and, if ENTER, to be read. */
static void
add(struct look *l, const struct todo *dir, const char *name, ino_t ino, bool enter)
{
	char *path = *dir->path == '\0' ? xstrdup(name) : xprintf("%s/%s", dir->path, name);
	struct known *k = l->k;

	if (strlen(path) >= PATH_MAX || (l->skip != NULL && strcmp(path, l->skip) == 0)) {
		free(path);
		return;
	}
	if (k->list.n == DIRECTORIES_MAX) {
		k->all = false;
		free(path);
		return;
	}
	if (k->list.n == k->list.cap)
		k->list.v = xgrow(k->list.v, &k->list.cap, sizeof(*k->list.v));
	k->list.v[k->list.n++] = (struct entry){ dir->ino, ino, keep_name(k, name) };
	if (!enter) {
		free(path);
		return;
	}
	if (l->todo.n == l->todo.cap)
		l->todo.v = xgrow(l->todo.v, &l->todo.cap, sizeof(*l->todo.v));
	l->todo.v[l->todo.n++] = (struct todo){ path, ino };
}

static void
add_repository(struct look *l, const char *dir, const char *name)
{
	char *path = *dir == '\0' ? xstrdup(name) : *name == '\0' ? xstrdup(dir) :
	    xprintf("%s/%s", dir, name);

	if (l->skip == NULL || strcmp(path, l->skip) != 0)
		strv_add(l->repositories, path);
	free(path);
}

static bool
is_directory(int fd, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* HEAD, objects and refs side by side, or HEAD and commondir: a repository. */
static unsigned
part(const char *name)
{
	return strcmp(name, "HEAD") == 0 ? 1U : strcmp(name, "objects") == 0 ? 2U :
	    strcmp(name, "refs") == 0 ? 4U : strcmp(name, "commondir") == 0 ? 6U : 0;
}

static void
read_entries(struct look *l, const struct todo *at, DIR *dir)
{
	struct dirent *e;
	unsigned parts = 0;
	bool dot;

	while (!out_of_time(l) && (e = readdir(dir)) != NULL) {
		parts |= part(e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		dot = strcmp(e->d_name, ".git") == 0;
		if (dot)
			add_repository(l, at->path, ".git");
		if (is_directory(dirfd(dir), e))
			add(l, at, e->d_name, e->d_ino, !dot);
	}
	if (parts == 7)
		add_repository(l, at->path, *at->path == '\0' ? "." : "");
}

static void
read_directory(struct look *l, const struct todo *at)
{
	int fd = wx_beneath_open(l->root, at->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	struct stat st;
	DIR *dir;

	if (fd == -1)
		return;
	/* Without subdirectories nothing else of it is of interest. */
	if (l->counts && fstat(fd, &st) == 0 && st.st_nlink == 2) {
		if (!out_of_time(l) && fstatat(fd, ".git", &st, AT_SYMLINK_NOFOLLOW) == 0)
			add_repository(l, at->path, ".git");
		(void)close(fd);
		return;
	}
	dir = fdopendir(fd);
	if (dir == NULL) {
		(void)close(fd);
		return;
	}
	read_entries(l, at, dir);
	(void)closedir(dir);
}

static int
by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

struct known *
known_look(int root, const char *skip, struct strv *repositories)
{
	struct known *k = calloc(1, sizeof(*k));
	struct look l = { .k = k, .repositories = repositories, .skip = skip, .root = root };
	struct todo top = { .path = xstrdup("") };
	size_t i;

	if (k == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	k->all = true;
	l.counts = wx_counts_directories(root);
	(void)clock_gettime(CLOCK_MONOTONIC, &l.until);
	l.until.tv_nsec += (long)(SECONDS_MAX * 1e9);
	if (l.until.tv_nsec >= 1000000000) {
		l.until.tv_nsec -= 1000000000;
		l.until.tv_sec++;
	}
	read_directory(&l, &top);
	/* Breadth first: what is near the top comes before what fills the depth. */
	for (i = 0; i < l.todo.n; i++) {
		top = l.todo.v[i];
		if (k->all)
			read_directory(&l, &top);
		free(top.path);
	}
	free(l.todo.v);
	if (k->list.n > 1)
		qsort(k->list.v, k->list.n, sizeof(*k->list.v), by_number);
	return k;
}

bool
known_has(const struct known *k, ino_t parent, ino_t ino, const char *name)
{
	size_t low = 0, high = k == NULL ? 0 : k->list.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (k->list.v[mid].ino < ino)
			low = mid + 1;
		else
			high = mid;
	}
	for (; k != NULL && low < k->list.n && k->list.v[low].ino == ino; low++)
		if (k->list.v[low].parent == parent &&
		    strcmp(k->names.v + k->list.v[low].name, name) == 0)
			return true;
	return false;
}

bool
known_all(const struct known *k)
{
	return k != NULL && k->all;
}

size_t
known_count(const struct known *k)
{
	return k == NULL ? 0 : k->list.n;
}
