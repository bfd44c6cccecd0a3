/* SPDX-License-Identifier: MIT */
#include "placeholder.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/beneath.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

#define FIELDS 7
#define HOLD_TRIES 200   /* of 10 ms */

/*
 * A record: FIELDS strings, each ended by NUL. Kind, root, the root's device and
 * inode, a path below it, two numbers. Kinds:
 *   I  about to be made          0, 0
 *   M  made                      device, inode
 *   D  folder, before            seconds, nanoseconds of its mtime
 *   E  folder, with all in it    the same
 * A crash between I and M leaves an I alone: what is there then goes only if it is
 * as empty as ours are. A folder whose mtime is still E's had no other change, and
 * gets D's again.
 */
struct record {
	const char *f[FIELDS];
	enum { OPEN, DONE, KEPT } state;
};

struct journal {
	char          *text;
	struct record *v;
	size_t         n, cap;
};

/* ---- holding a folder ---- */

void
placeholder_hold(struct guards *g, int root, const char *dir)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	struct stat st, have;
	int fd, i, tries;

	fd = wx_beneath_open(g->roots.v[root].fd, dir, O_RDONLY | O_DIRECTORY);
	if (fd == -1 || fstat(fd, &st) == -1)
		err(WX_CHAIN, "cannot open '%s%s'", g->roots.v[root].label, shown(dir));
	for (i = 0; i < (int)g->held.n; i++) {
		if (fstat(g->held.v[i], &have) == 0 && have.st_ino == st.st_ino &&
		    have.st_dev == st.st_dev) {
			(void)close(fd);
			return;
		}
	}
	/* Anything but "busy": a file system without locks, where none can be had. */
	for (tries = 0; flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK; tries++) {
		if (tries == HOLD_TRIES)
			errx(WX_CHAIN, "cannot protect '%s%s': another program has locked it",
			    g->roots.v[root].label, shown(dir));
		(void)nanosleep(&moment, NULL);
	}
	if (g->held.n == g->held.cap)
		g->held.v = xgrow(g->held.v, &g->held.cap, sizeof(*g->held.v));
	g->held.v[g->held.n++] = fd;
}

void
placeholder_let_go(struct guards *g)
{
	while (g->held.n > 0)
		(void)close(g->held.v[--g->held.n]);
}

/* ---- writing the journal ---- */

static char *
journal_path(const struct plan *p)
{
	const char *slash = strrchr(p->state, '/');

	return xprintf("%.*s/journal", (int)(slash - p->state), p->state);
}

static void
record(FILE *fp, char kind, const struct guard_root *r, const char *rel, intmax_t a, intmax_t b)
{
	struct stat st;

	if (fstat(r->fd, &st) == -1)
		err(WX_CHAIN, "cannot look at '%s'", r->host);
	(void)fprintf(fp, "%c%c%s%c%ju%c%ju%c%s%c%jd%c%jd%c", kind, 0, r->host, 0,
	    (uintmax_t)st.st_dev, 0, (uintmax_t)st.st_ino, 0, rel, 0, a, 0, b, 0);
}

/* The folder that holds REL: "" for the root. The caller owns it. */
static char *
parent_of(const char *rel)
{
	const char *slash = strrchr(rel, '/');

	return slash == NULL ? xstrdup("") : xprintf("%.*s", (int)(slash - rel), rel);
}

/* Does a placeholder before the Ith lie in the same folder? The list is sorted. */
static bool
folder_was(const struct guards *g, size_t i, const char *dir)
{
	char *other;
	bool same = false;
	size_t k;

	for (k = 0; k < i && !same; k++) {
		if (!g->list.v[k].absent || g->list.v[k].root != g->list.v[i].root)
			continue;
		other = parent_of(g->list.v[k].rel);
		same = strcmp(other, dir) == 0;
		free(other);
	}
	return same;
}

/* All of one step in one write: "I" and "D" before, "M" and "E" after. */
static void
journal_step(const struct guards *g, const struct plan *p, char thing, char folder)
{
	char *text = NULL, *path, *dir;
	size_t len = 0, i;
	FILE *fp = open_memstream(&text, &len);
	const struct guard *gd;
	const struct guard_root *r;
	struct stat st;
	int fd;

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		if (!gd->absent)
			continue;
		r = &g->roots.v[gd->root];
		record(fp, thing, r, gd->rel, (intmax_t)gd->dev, (intmax_t)gd->ino);
		dir = parent_of(gd->rel);
		if (!folder_was(g, i, dir) && wx_beneath_stat(r->fd, dir, &st) == 0)
			record(fp, folder, r, dir, wx_stat_mtime(&st).tv_sec,
			    wx_stat_mtime(&st).tv_nsec);
		free(dir);
	}
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	path = journal_path(p);
	fd = len == 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (len > 0 && (fd == -1 || wx_write_all(fd, text, len) == -1 || close(fd) == -1))
		err(WX_CHAIN, "cannot write '%s'", path);
	free(path);
	free(text);
}

static void
make_one(const struct guards *g, struct guard *gd)
{
	const struct guard_root *r = &g->roots.v[gd->root];
	char *rel = shown(gd->rel), *said = xprintf("%s%s", r->label, rel);
	const char *name;
	int dir = beneath_parent(r->fd, gd->rel, &name), fd = -1, rc;
	struct stat st;

	if (dir == -1)
		err(WX_CHAIN, "cannot protect '%s'", said);
	if (gd->dir) {
		rc = mkdirat(dir, name, 0755);
	} else {
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		rc = fd == -1 ? -1 : wx_write_all(fd, gd->content, strlen(gd->content));
	}
	if (rc == -1 && errno == EEXIST)
		errx(WX_CHAIN, "cannot protect '%s': it appeared just now; try again", said);
	if (rc == -1)
		err(WX_CHAIN, "cannot protect '%s': cannot make it", said);
	if (wx_beneath_stat(r->fd, gd->rel, &st) == -1)
		err(WX_CHAIN, "cannot protect '%s'", said);
	gd->dev = st.st_dev;
	gd->ino = st.st_ino;
	if (fd != -1)
		(void)close(fd);
	(void)close(dir);
	free(rel);
	free(said);
}

void
placeholder_make(struct guards *g, const struct plan *p)
{
	size_t i;

	journal_step(g, p, 'I', 'D');
	for (i = 0; i < g->list.n; i++)
		if (g->list.v[i].absent)
			make_one(g, &g->list.v[i]);
	journal_step(g, p, 'M', 'E');
}

/* ---- sweeping ---- */

static uintmax_t
number(const struct record *r, int field)
{
	return strtoumax(r->f[field], NULL, 10);
}

static bool
read_journal(const char *path, struct journal *j)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), i;
	struct stat st;
	char *next, *end;
	ssize_t n = -1;

	*j = (struct journal){ 0 };
	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && (j->text = malloc((size_t)st.st_size + 1)) != NULL)
		n = wx_read_all(fd, j->text, (size_t)st.st_size);
	(void)close(fd);
	if (n < 0)
		err(WX_CHAIN, "cannot read '%s'", path);
	j->text[n] = '\0';
	end = j->text + n;
	for (next = j->text; next < end;) {
		if (j->n == j->cap)
			j->v = xgrow(j->v, &j->cap, sizeof(*j->v));
		j->v[j->n].state = OPEN;
		for (i = 0; i < FIELDS && next < end; i++) {
			j->v[j->n].f[i] = next;
			next += strlen(next) + 1;
		}
		/* One that a crash cut short has its last NUL from us: not whole. */
		j->n += i == FIELDS && next <= end;
	}
	return true;
}

/* The folder that a record's thing lies in (or is, for D and E), opened from its
 * root, if that is still the one that it was; else -1, with EACCES if it is closed. */
static int
open_folder(const struct record *r, const char *dir)
{
	int root = wx_top_open(r->f[1], O_DIRECTORY | O_NOFOLLOW), fd = -1, saved;
	struct stat st;

	if (root == -1)
		return -1;
	errno = ENOENT;
	if (fstat(root, &st) == 0 && st.st_dev == (dev_t)number(r, 2) &&
	    st.st_ino == (ino_t)number(r, 3))
		fd = wx_beneath_open(root, dir, O_RDONLY | O_DIRECTORY);
	saved = errno;
	(void)close(root);
	errno = saved;
	return fd;
}

static bool
same_root(const struct record *a, const struct record *b)
{
	return strcmp(a->f[1], b->f[1]) == 0 && strcmp(a->f[2], b->f[2]) == 0 &&
	    strcmp(a->f[3], b->f[3]) == 0;
}

/* Is there a record of KIND for what R names, behind R? */
static bool
followed(const struct journal *j, const struct record *r, char kind)
{
	const struct record *m;

	for (m = r + 1; m < j->v + j->n; m++)
		if (*m->f[0] == kind && same_root(m, r) && strcmp(m->f[4], r->f[4]) == 0)
			return true;
	return false;
}

/* False if that is still to be done: the folder DIR is closed. */
static bool
remove_one(const struct journal *j, const struct record *r, int dir)
{
	const char *slash = strrchr(r->f[4], '/'), *name = slash == NULL ? r->f[4] : slash + 1;
	struct stat st;
	char buf[8];
	ssize_t n;
	int rc = 0;

	if (*r->f[0] == 'I' && followed(j, r, 'M'))
		return true;
	if (wx_beneath_stat(dir, name, &st) == -1)
		return errno != EACCES;
	if (*r->f[0] == 'M' && (st.st_dev != (dev_t)number(r, 5) || st.st_ino != (ino_t)number(r, 6)))
		return true;
	n = S_ISREG(st.st_mode) ? beneath_read(dir, name, buf, sizeof(buf)) : -1;
	if (S_ISDIR(st.st_mode))
		rc = unlinkat(dir, name, AT_REMOVEDIR);
	else if (n == 0 || (n == 2 && memcmp(buf, ".\n", 2) == 0))
		rc = unlinkat(dir, name, 0);
	return rc == 0 || errno != EACCES;
}

/* The mtime that folder FD is to have again, if it had no change but ours. */
static bool
old_time(const struct journal *j, const struct record *first, const char *dir, int fd,
    struct timespec *out)
{
	const struct record *r;
	bool have = false, whole = false;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return false;
	for (r = first; r < j->v + j->n; r++) {
		if ((*r->f[0] != 'D' && *r->f[0] != 'E') || !same_root(r, first) ||
		    strcmp(r->f[4], dir) != 0)
			continue;
		if (*r->f[0] == 'D' && !have) {
			*out = (struct timespec){ (time_t)number(r, 5), (long)number(r, 6) };
			have = true;
		} else if (*r->f[0] == 'E') {
			whole = wx_stat_mtime(&st).tv_sec == (time_t)number(r, 5) &&
			    wx_stat_mtime(&st).tv_nsec == (long)number(r, 6);
		}
	}
	return have && whole;
}

/* The folder that a record is about. The caller owns it. */
static char *
folder_of(const struct record *r)
{
	return strchr("DE", *r->f[0]) != NULL ? xstrdup(r->f[4]) : parent_of(r->f[4]);
}

/* All that lies in the folder of the record FIRST, if nobody holds that, and it is
 * not closed just now. */
static void
sweep_folder(struct journal *j, struct record *first)
{
	char *dir = folder_of(first), *other;
	int fd = open_folder(first, dir);
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	bool busy, dated;
	struct record *r;

	busy = fd == -1 ? errno == EACCES :
	    flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK;
	dated = fd != -1 && !busy && old_time(j, first, dir, fd, &times[1]);
	for (r = first; r < j->v + j->n; r++) {
		if (!same_root(r, first))
			continue;
		other = folder_of(r);
		if (strcmp(other, dir) == 0) {
			r->state = busy ? KEPT : DONE;
			if (!busy && fd != -1 && strchr("IM", *r->f[0]) != NULL &&
			    !remove_one(j, r, fd))
				r->state = KEPT;
		}
		free(other);
	}
	if (dated)
		(void)futimens(fd, times);
	if (fd != -1)
		(void)close(fd);
	free(dir);
}

/* What is kept, as the new journal. */
static void
write_rest(const struct journal *j, const char *path)
{
	char *tmp = xprintf("%s.new", path);
	FILE *fp = fopen(tmp, "we");
	const struct record *r;
	int i;

	if (fp == NULL)
		err(WX_CHAIN, "cannot write '%s'", tmp);
	for (r = j->v; r < j->v + j->n; r++)
		for (i = 0; r->state == KEPT && i < FIELDS; i++)
			(void)fprintf(fp, "%s%c", r->f[i], 0);
	if (wx_flush(fp) == -1 || fclose(fp) == EOF || rename(tmp, path) == -1)
		err(WX_CHAIN, "cannot write '%s'", path);
	free(tmp);
}

void
placeholder_sweep(const struct plan *p)
{
	char *path = journal_path(p);
	struct journal j;
	size_t i, kept = 0;

	if (read_journal(path, &j)) {
		for (i = 0; i < j.n; i++)
			if (j.v[i].state == OPEN)
				sweep_folder(&j, &j.v[i]);
		for (i = 0; i < j.n; i++)
			kept += j.v[i].state == KEPT;
		if (kept > 0 && kept < j.n)
			write_rest(&j, path);
		else if (kept == 0)
			(void)unlink(path);
		free(j.v);
		free(j.text);
	}
	free(path);
}
