/* SPDX-License-Identifier: MIT */
#include "hide.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>

#include "kinds/kinds.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"
#include "state/state.h"
#include "walk.h"

#define NAMES_MAX 200000   /* that are looked at for what earlier runs hid */

struct hiding {
	struct guards     *g;
	const struct plan *p;
	struct memory      memory;
	struct strv       patterns;
};

static void
made_cover(struct guards *g, const char *dest, const char *text)
{
	mount_file(&g->covers, dest, 0444, text, strlen(text))->why = "hide";
}

/* REL, or what it leads to if it is a link: NULL where that is not in the project, and
 * so not to be seen inside. The caller owns it. */
static char *
link_target(const struct hiding *h, const char *rel)
{
	char *path, *real, *target = NULL;
	struct stat st;

	if (wx_beneath_stat(h->g->roots.v[0].fd, rel, &st) == 0 || errno != ELOOP)
		return xstrdup(rel);
	path = path_clean(h->p->project, rel);
	real = realpath(path, NULL);
	if (real != NULL && path_within(real, h->p->project) && strcmp(real, h->p->project) != 0)
		target = xstrdup(real + strlen(h->p->project) + 1);
	free(real);
	free(path);
	return target;
}

/* A cover that is in the one on DEST is of no use any more. */
static void
drop_within(struct mounts *covers, const char *dest)
{
	size_t i, n = 0;

	for (i = 0; i < covers->n; i++)
		if (!path_within(covers->v[i].dest, dest))
			covers->v[n++] = covers->v[i];
	covers->n = n;
}

void
guard_hide(struct guards *g, const struct plan *p, const char *rel, const struct stat *st)
{
	struct mounts *covers = &g->covers;
	char *dest = xprintf("%s/%s", p->at, rel), *empty;

	if (mount_above(covers, covers->n, dest) == NULL) {
		guard_anchors(g, 0, rel);
		drop_within(covers, dest);
		if (!S_ISDIR(st->st_mode)) {
			made_cover(g, dest, "");
		} else if (p->engine->files == NULL) {
			(void)mount_add(covers, MOUNT_DIR, NULL, dest, "hide");
		} else {
			empty = xprintf("%s/empty", p->run_dir);
			if (g->hold && mkdir(empty, 0555) == -1 && errno != EEXIST)
				err(WX_CHAIN, "cannot make '%s'", empty);
			(void)mount_add(covers, MOUNT_RO, empty, dest, "hide");
			free(empty);
		}
		covers->v[covers->n - 1].dev = st->st_dev;
		covers->v[covers->n - 1].ino = st->st_ino;
	}
	free(dest);
}

/* REL is to be hidden: of NAME, which matched, or was that of it. */
static void
hide(struct hiding *h, const char *name, const char *rel)
{
	struct stat st;

	/* Inside there is another. */
	if (path_within(rel, ".git") || !guard_look(h->g, 0, rel, &st))
		return;
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		errx(WX_CHAIN, "cannot hide '%s': the file has a second name (a hard link), "
		    "by which it could be read; replace it by a copy", escaped(rel));
	guard_hide(h->g, h->p, rel, &st);
	remember_add(&h->memory, name, &st, wx_beneath_born(h->g->roots.v[0].fd, rel));
}

/* ---- what earlier runs hid ---- */

static bool
asked_for(const struct hiding *h, const char *name)
{
	size_t i;

	for (i = 0; i < h->patterns.n; i++)
		if (fnmatch(h->patterns.v[i], name, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

/* One name of the project. */
static void
look_at(void *arg, const char *rel, ino_t ino, unsigned char type)
{
	struct hiding *h = arg;
	struct hidden *was;
	struct stat st;
	char *said;
	size_t i;

	if (type != DT_REG && type != DT_DIR)
		return;
	for (i = 0; i < h->memory.list.n; i++) {
		was = &h->memory.list.v[i];
		if (!was->wanted || was->ino != ino ||
		    wx_beneath_stat(h->g->roots.v[0].fd, rel, &st) == -1 ||
		    !remember_same(was, &st, wx_beneath_born(h->g->roots.v[0].fd, rel)))
			continue;
		said = escaped(was->name);
		warnx("hides '%s' too: an earlier run hid it as '%s' (-H)", escaped(rel), said);
		free(said);
		hide(h, was->name, rel);
		return;
	}
}

/* Is ours the only run in the project? Each has a file (state.h). */
static bool
alone(const struct plan *p)
{
	DIR *dir = opendir(p->run_dir);
	struct dirent *e;
	int n = 0;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		n += strncmp(e->d_name, "unseen-", 7) == 0;
	if (dir != NULL)
		(void)closedir(dir);
	return n == 1;
}

/* What was looked for, and is not there: gone, if nobody could move it meanwhile. */
static void
forget_gone(struct memory *m)
{
	size_t i, n = 0;

	for (i = 0; i < m->list.n; i++) {
		if (m->list.v[i].wanted && !m->list.v[i].here) {
			free(m->list.v[i].name);
			m->changed = true;
		} else {
			m->list.v[n++] = m->list.v[i];
		}
	}
	m->list.n = n;
}

static void
find_again(struct hiding *h)
{
	const char *missing = NULL;
	struct hidden *was;
	size_t i;
	bool all;

	for (i = 0; i < h->memory.list.n; i++) {
		was = &h->memory.list.v[i];
		was->wanted = !was->here && asked_for(h, was->name);
		if (was->wanted)
			missing = was->name;
	}
	if (missing == NULL)
		return;
	all = walk_names(h->g->roots.v[0].fd, NAMES_MAX, look_at, h);
	for (i = 0, missing = NULL; i < h->memory.list.n; i++)
		if (h->memory.list.v[i].wanted && !h->memory.list.v[i].here)
			missing = h->memory.list.v[i].name;
	if (missing != NULL && !all)
		warnx("cannot tell where '%s' is, which an earlier run hid (-H): not among the first "
		    "%d names of the project; if it has another name now, the sandbox can read it",
		    escaped(missing), NAMES_MAX);
	if (all && h->g->hold && alone(h->p))
		forget_gone(&h->memory);
}

void
hide_find(struct guards *g, const struct plan *p)
{
	struct hiding h = { .g = g, .p = p };
	struct strv found = { 0 };
	char *rel, *clean;
	size_t i;

	for (i = 0; i < p->hide.n; i++) {
		clean = path_clean("/", p->hide.v[i]);
		if (strcmp(clean, "/") != 0)
			strv_add(&h.patterns, clean + 1);
		free(clean);
	}
	if (h.patterns.n == 0)
		return;
	remember_read(p, &h.memory);
	glob_paths(g->roots.v[0].fd, &h.patterns, &found);
	for (i = 0; i < found.n; i++) {
		rel = link_target(&h, found.v[i]);
		if (rel != NULL)
			hide(&h, found.v[i], rel);
		free(rel);
	}
	find_again(&h);
	if (g->hold)
		remember_write(p, &h.memory);
	for (i = 0; i < h.memory.list.n; i++)
		free(h.memory.list.v[i].name);
	free(h.memory.list.v);
}
