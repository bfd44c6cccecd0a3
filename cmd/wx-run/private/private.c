/* SPDX-License-Identifier: MIT */
#include "private.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "git/git.h"
#include "gitmake.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/removetree.h"
#include "mark.h"
#include "state/state.h"

#define WHAT_MAX (1 << 20)

const char *const private_states[] = { "rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD",
	"REVERT_HEAD", "BISECT_LOG", "sequencer", NULL };

void
private_cannot(const char *what)
{
	err(WX_CHAIN, "cannot make the run's git directory ('%s'); run without it: --git none", what);
}

char *
private_name(void)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		errx(WX_CHAIN, "cannot tell the time");
	return xprintf("%s-%ld", stamp, (long)getpid());
}

char *
private_identity(int dir)
{
	struct timespec born = wx_beneath_born(dir, "");
	struct stat st;

	if (fstat(dir, &st) == -1)
		return xstrdup("");
	return xprintf("%ju %ju %jd.%09ld", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, (intmax_t)born.tv_sec,
	    born.tv_nsec);
}

static void
add_mount(struct private *v, const char *src, const char *dest)
{
	struct private_mount *m;

	if (v->mounts.n == v->mounts.cap)
		v->mounts.v = xgrow(v->mounts.v, &v->mounts.cap, sizeof(*v->mounts.v));
	m = &v->mounts.v[v->mounts.n++];
	m->src = xstrdup(src);
	m->dest = xstrdup(dest);
}

/* Fields, each ended by NUL: mark, top, dir, common, then source and destination of each mount. */
static void
write_what(const struct private *v, int run)
{
	char *all = NULL;
	size_t len = 0, i;
	FILE *fp = open_memstream(&all, &len);

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)fprintf(fp, "%llx%c%s%c%s%c%s%c", v->mark, 0, v->top, 0, v->dir, 0, v->common, 0);
	for (i = 0; i < v->mounts.n; i++)
		(void)fprintf(fp, "%s%c%s%c", v->mounts.v[i].src, 0, v->mounts.v[i].dest, 0);
	if (fclose(fp) == EOF || copy_text(run, "what.new", all, len) == -1 ||
	    renameat(run, "what.new", run, "what") == -1)
		err(WX_CHAIN, "cannot write '%s/what'", v->path);
	free(all);
}

static bool
next_field(char **at, const char *end, char **out)
{
	char *stop = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;

	if (stop == NULL)
		return false;
	*out = xstrdup(*at);
	*at = stop + 1;
	return true;
}

bool
private_read(const char *path, struct private *out)
{
	char *what = xprintf("%s/what", path), *buf = malloc(WHAT_MAX), *at = buf, *src, *dest, *mark;
	int fd = open(what, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd == -1 || buf == NULL ? -1 : wx_read_all(fd, buf, WHAT_MAX);
	bool ok;

	*out = (struct private){ .path = xstrdup(path), .name = xstrdup(strrchr(path, '/') + 1), .lock = -1 };
	if (fd != -1)
		(void)close(fd);
	ok = n > 0 && next_field(&at, buf + n, &mark);
	if (ok) {
		out->mark = strtoull(mark, NULL, 16);
		free(mark);
	}
	ok = ok && next_field(&at, buf + n, &out->top) && next_field(&at, buf + n, &out->dir) &&
	    next_field(&at, buf + n, &out->common);
	while (ok && next_field(&at, buf + n, &src) && next_field(&at, buf + n, &dest)) {
		add_mount(out, src, dest);
		free(src);
		free(dest);
	}
	free(buf);
	free(what);
	return ok;
}

void
private_make(const struct plan *p, struct private *v)
{
	int run, mutex;
	size_t i;

	*v = (struct private){ .path = xprintf("%s/%s", p->run_dir, p->run), .name = xstrdup(p->run),
	    .top = xstrdup(p->repo.top), .dir = xstrdup(p->repo.dir), .common = xstrdup(p->repo.common), .lock = -1 };
	/* One that nobody holds is taken for that of a run that was killed (runs.c). */
	mutex = state_lock(p);
	if (mkdir(v->path, 0700) == -1)
		err(WX_CHAIN, "cannot make '%s'", v->path);
	run = v->lock = wx_dir_open(AT_FDCWD, v->path);
	if (run == -1 || flock(run, LOCK_EX) == -1)
		err(WX_CHAIN, "cannot lock '%s'", v->path);
	(void)close(mutex);
	gitmake(p, run);
	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.v[i].why, "objects") == 0)
			add_mount(v, p->mounts.v[i].src, p->mounts.v[i].dest);
}

/* ---- what an import would bring ---- */

void
private_note(struct private *v)
{
	v->mark = mark_of(v->lock, "git");
	write_what(v, v->lock);
}

bool
private_changed(const struct private *v)
{
	return v->mark == 0 || v->mark != mark_of(v->lock, "git");
}

void
private_remove(struct private *v)
{
	char *dir = xprintf("%.*s", (int)(strrchr(v->path, '/') - v->path), v->path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Without "what" it is nothing that an import would look at. */
	if (v->lock != -1)
		(void)unlinkat(v->lock, "what", 0);
	if (fd == -1 || wx_remove_tree(fd, v->name) == -1)
		warn("cannot remove '%s'", v->path);
	if (fd != -1)
		(void)close(fd);
	if (v->lock != -1)
		(void)close(v->lock);
	v->lock = -1;
	free(dir);
}
