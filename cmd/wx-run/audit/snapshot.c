/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/beneath.h"
#include "libcommon/tool/path.h"

#define FILE_MAX_LEN  (1 << 20)   /* larger: only said, not put back */
#define TOTAL_MAX     (16 << 20)
#define ENTRIES_MAX   4096
#define DEPTH_MAX     16

static void
keep_bytes(struct snapshot *s, struct snapshot_entry *e, int fd, size_t size)
{
	char buf[16384];
	ssize_t n;

	e->at = -1;
	if (size > FILE_MAX_LEN || s->end + (off_t)size > TOTAL_MAX)
		return;
	e->at = s->end;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || wx_write_all(s->fd, buf, (size_t)n) == -1)
			err(WX_CHAIN, "cannot keep a copy of '%s'", escaped(e->rel));
		e->len += (size_t)n;
		s->end += n;
	}
}

static void
keep(struct snapshot *s, int root, size_t guard, const char *rel, int depth)
{
	int fd = wx_beneath_open(root, rel, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct snapshot_entry *e;
	struct dirent *d;
	struct stat st;
	char *path;
	DIR *dir;

	if (fd == -1 || fstat(fd, &st) == -1 || s->list.n == ENTRIES_MAX) {
		s->full |= s->list.n == ENTRIES_MAX;
		if (fd != -1)
			(void)close(fd);
		return;
	}
	if (s->list.n == s->list.cap)
		s->list.v = xgrow(s->list.v, &s->list.cap, sizeof(*s->list.v));
	e = &s->list.v[s->list.n++];
	*e = (struct snapshot_entry){ .guard = guard, .rel = xstrdup(rel), .mode = st.st_mode,
	    .at = -1, .linked = S_ISREG(st.st_mode) && st.st_nlink > 1 };
	if (S_ISREG(st.st_mode))
		keep_bytes(s, e, fd, (size_t)st.st_size);
	s->full |= S_ISDIR(st.st_mode) && depth >= DEPTH_MAX;
	dir = S_ISDIR(st.st_mode) && depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		path = xprintf("%s/%s", rel, d->d_name);
		keep(s, root, guard, path, depth + 1);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
}

static struct timespec
birth(const struct guards *g, const struct guard *gd)
{
	return wx_beneath_born(g->roots.v[gd->root].fd, gd->rel);
}

void
snapshot_take(struct snapshot *s, const struct guards *g)
{
	const struct guard *gd;
	size_t i;

	*s = (struct snapshot){ .fd = wx_file_memory() };
	if (s->fd == -1)
		err(WX_CHAIN, "cannot make a memory file");
	s->born = calloc(g->list.n + 1, sizeof(*s->born));
	if (s->born == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < g->list.n; i++) {
		gd = &g->list.v[i];
		if (gd->kind == GUARD_RO)
			s->born[i] = birth(g, gd);
		/* .git/modules as a whole is guarded leaf by leaf: not copied. */
		if (gd->kind == GUARD_RO && !gd->repository && (i + 1 == g->list.n ||
		    g->list.v[i + 1].root != gd->root ||
		    !path_within(g->list.v[i + 1].rel, gd->rel)))
			keep(s, g->roots.v[gd->root].fd, i, gd->rel, 0);
	}
}

/* ---- after the run ---- */

struct restore {
	const struct snapshot *s;
	const struct guards *g;
	const struct plan *p;
	struct report *report;
	int  aside;          /* folder for what is taken away, or -1 */
	char stamp[32];
	unsigned count;      /* of the things in it by this run */
};

static int
aside(struct restore *r)
{
	char *path;

	if (r->aside != -1)
		return r->aside;
	path = xprintf("%s/replaced", r->p->run_dir);
	(void)mkdir(path, 0700);
	r->aside = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	return r->aside;
}

/* The name under which REL is kept aside, for this run and never again: its slashes
 * are '%'. */
static char *
aside_name(struct restore *r, const char *rel)
{
	size_t n = strlen(rel);
	time_t now = time(NULL);
	struct tm tm;
	char *name, *c;

	/* Not before: gmtime_r(3) reads the host's time zone, which most runs do not need. */
	if (*r->stamp == '\0')
		(void)strftime(r->stamp, sizeof(r->stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));
	name = xprintf("%s-%ld-%u-%s", r->stamp, (long)getpid(), r->count++,
	    n > 100 ? rel + n - 100 : rel);
	for (c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '%';
	return name;
}

static bool
copy_aside(struct restore *r, int root, const char *rel, const char *name)
{
	int in = wx_beneath_open(root, rel, O_RDONLY | O_NONBLOCK | O_NOCTTY), out = -1;
	char buf[16384];
	struct stat st;
	ssize_t n = -1;

	if (in != -1 && fstat(in, &st) == 0 && S_ISREG(st.st_mode))
		out = openat(aside(r), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	while (out != -1 && (n = read(in, buf, sizeof(buf))) > 0)
		if (wx_write_all(out, buf, (size_t)n) == -1)
			break;
	if (in != -1)
		(void)close(in);
	if (out != -1)
		(void)close(out);
	return n == 0;
}

/*
 * Take away what stands at REL, and keep it: in the state's folder, or, where
 * that is another file system, a file as a copy and anything else beside its place
 * under a name that nothing reads.
 */
static bool
take_away(struct restore *r, int root, const char *rel)
{
	const char *base;
	char *name = aside_name(r, rel), *here;
	int dir = beneath_parent(root, rel, &base);
	bool gone;

	gone = dir != -1 && renameat(dir, base, aside(r), name) == 0;
	if (!gone && dir != -1 && copy_aside(r, root, rel, name))
		gone = unlinkat(dir, base, 0) == 0;
	if (!gone && dir != -1) {
		here = xprintf("%.100s.replaced-%s-%u", base, r->stamp, r->count);
		gone = renameat(dir, base, dir, here) == 0;
		free(here);
	}
	if (dir != -1)
		(void)close(dir);
	free(name);
	return gone;
}

static bool
put_back(const struct restore *r, int root, const struct snapshot_entry *e)
{
	const char *base;
	int dir = beneath_parent(root, e->rel, &base), fd = -1;
	char *tmp, buf[16384];
	size_t done = 0, want;
	ssize_t n = 0;
	bool ok = false;

	if (dir == -1)
		return false;
	if (S_ISDIR(e->mode)) {
		ok = mkdirat(dir, base, e->mode & 0777) == 0;
		(void)close(dir);
		return ok;
	}
	tmp = xprintf("%s.wrapix-%ld", base, (long)getpid());
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	while (fd != -1 && done < e->len) {
		want = e->len - done < sizeof(buf) ? e->len - done : sizeof(buf);
		n = pread(r->s->fd, buf, want, e->at + (off_t)done);
		if (n <= 0 || wx_write_all(fd, buf, (size_t)n) == -1)
			break;
		done += (size_t)n;
	}
	if (fd != -1)
		ok = done == e->len && fchmod(fd, e->mode & 07777) == 0 && fsync(fd) == 0 &&
		    renameat(dir, tmp, dir, base) == 0 && fsync(dir) == 0;
	if (fd != -1 && !ok)
		(void)unlinkat(dir, tmp, 0);
	if (fd != -1)
		(void)close(fd);
	(void)close(dir);
	free(tmp);
	return ok;
}

static bool
same_bytes(const struct restore *r, int root, const struct snapshot_entry *e)
{
	int fd = wx_beneath_open(root, e->rel, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char now[8192], then[8192];
	size_t done = 0;
	ssize_t n = 0;
	bool same = fd != -1;

	while (same && (n = read(fd, now, sizeof(now))) > 0) {
		same = done + (size_t)n <= e->len &&
		    pread(r->s->fd, then, (size_t)n, e->at + (off_t)done) == n &&
		    memcmp(now, then, (size_t)n) == 0;
		done += (size_t)n;
	}
	if (fd != -1)
		(void)close(fd);
	return same && n == 0 && done == e->len;
}

static void
say(struct restore *r, const struct guard *gd, const char *rel, bool ok)
{
	char *name = xprintf("%s%s", r->g->roots.v[gd->root].label, rel);
	char *where = xprintf("changed during the run; put back, and what stood there is in "
	    "%s/replaced", r->p->run_dir);

	report_add(r->report, ok ? "restored" : "changed", name, ok ? where :
	    "changed during the run, and could not be put back");
	free(where);
	free(name);
}

static void
restore_entry(struct restore *r, const struct snapshot_entry *e)
{
	const struct guard *gd = &r->g->list.v[e->guard];
	int root = r->g->roots.v[gd->root].fd;
	struct stat st;
	bool there, gone;

	there = wx_beneath_stat(root, e->rel, &st) == 0;
	if (there &&
	    (st.st_mode & S_IFMT) == (e->mode & S_IFMT) &&
	    (S_ISDIR(e->mode) || (e->at != -1 && same_bytes(r, root, e))))
		return;
	if (e->at == -1 && !S_ISDIR(e->mode)) {
		say(r, gd, e->rel, false);
		return;
	}
	/* Of one in a folder that is closed nothing is known. */
	gone = !there && (errno == ENOENT || errno == ENOTDIR);
	if (there || errno == ELOOP)
		gone = take_away(r, root, e->rel);
	say(r, gd, e->rel, gone && put_back(r, root, e));
}

static bool
was_there(const struct snapshot *s, size_t guard, const char *rel)
{
	size_t i;

	for (i = 0; i < s->list.n; i++)
		if (s->list.v[i].guard == guard && strcmp(s->list.v[i].rel, rel) == 0)
			return true;
	return false;
}

/* What is new in a protected folder that was replaced goes away. */
static void
remove_new(struct restore *r, size_t guard, const char *rel, int depth)
{
	const struct guard *gd = &r->g->list.v[guard];
	int root = r->g->roots.v[gd->root].fd;
	int fd = wx_beneath_open(root, rel, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;
	char *path;

	while (dir != NULL && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		path = xprintf("%s/%s", rel, d->d_name);
		if (!was_there(r->s, guard, path))
			say(r, gd, path, take_away(r, root, path));
		else if (depth < DEPTH_MAX)
			remove_new(r, guard, path, depth + 1);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else if (fd != -1)
		(void)close(fd);
}

/* Is the thing at the guard's path still the one that was mounted on? */
static bool
untouched(const struct snapshot *s, const struct guards *g, size_t guard)
{
	const struct guard *gd = &g->list.v[guard];
	struct timespec now = birth(g, gd);
	struct stat st;

	return wx_beneath_stat(g->roots.v[gd->root].fd, gd->rel, &st) == 0 &&
	    st.st_dev == gd->dev && st.st_ino == gd->ino &&
	    now.tv_sec != 0 && now.tv_sec == s->born[guard].tv_sec &&
	    now.tv_nsec == s->born[guard].tv_nsec;
}

void
snapshot_restore(const struct snapshot *s, const struct guards *g,
    const struct plan *p, struct report *report)
{
	struct restore r = { .s = s, .g = g, .p = p, .report = report, .aside = -1 };
	size_t i, last = g->list.n, guard;
	bool same = false;

	for (i = 0; i < s->list.n; i++) {
		guard = s->list.v[i].guard;
		if (guard != last) {
			same = !g->list.v[guard].open && untouched(s, g, guard);
			/* With an incomplete list, what is the host's cannot be told. */
			if (!same && g->list.v[guard].dir && !s->full)
				remove_new(&r, guard, g->list.v[guard].rel, 0);
			last = guard;
		}
		/* The sandbox could write what has a second name. */
		if (!same || s->list.v[i].linked)
			restore_entry(&r, &s->list.v[i]);
	}
	if (r.aside != -1)
		(void)close(r.aside);
}
