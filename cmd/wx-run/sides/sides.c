/* SPDX-License-Identifier: MIT */
#include "sides.h"

#include <sys/stat.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "guard/guard.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"
#include "private/private.h"
#include "state/state.h"

/* ---- the plan ---- */

/* Append SIDE to P->sides, and its mounts to P's. */
static void
add_side(struct plan *p, struct plan *side)
{
	size_t i;

	side->mounts = (struct mounts){ 0 };
	side->sides.v = NULL;
	side->sides.n = side->sides.cap = 0;
	if (side->repo.top != NULL)
		gitmounts_plan(side);
	for (i = 0; i < side->mounts.n; i++)
		mount_copy(&p->mounts, &side->mounts.v[i]);
	if (p->sides.n == p->sides.cap)
		p->sides.v = xgrow(p->sides.v, &p->sides.cap, sizeof(*p->sides.v));
	p->sides.v[p->sides.n++] = *side;
}

/* Is PATH of the host, or the same inside, in what is mounted to be written, other than at DEST, or around it? */
static bool
writable(const struct plan *p, const char *path, const char *dest)
{
	const struct mount *m;

	for (m = p->mounts.v; m < p->mounts.v + p->mounts.n; m++)
		if (m->kind == MOUNT_RW && strcmp(m->dest, dest) != 0 &&
		    (path_within(path, m->src) || path_within(m->src, path) || path_within(path, m->dest)))
			return true;
	return false;
}

/* Has one of the repositories so far the same git directory? */
static bool
taken(const struct plan *p, const char *common)
{
	size_t i;

	for (i = 0; i < p->sides.n; i++)
		if (p->sides.v[i].repo.top != NULL && strcmp(p->sides.v[i].repo.common, common) == 0)
			return true;
	return false;
}

/* Can SIDE's repository, mounted at its place by P, be had as the run's own? It is the user's, and its git directory is to be
 * had in one place: that of a linked work tree, or of a submodule, inside is where it is on the host. */
static bool
fits(const struct plan *p, struct plan *side)
{
	const char *common = side->repo.common;
	char *alternates = xprintf("%s/objects/info/alternates", common), wrong[512];
	struct stat st;
	bool borrows = access(alternates, F_OK) == 0 || reftable_in(common), yes;

	yes = lstat(common, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid() && plain_git(common, wrong) &&
	    !taken(p, common);
	if (side->repo.file)
		yes = yes && p->engine->files == NULL && !path_within(common, side->project) &&
		    !writable(p, common, side->at);
	side->repo_inside = made_inside(side);
	free(alternates);
	return yes && !(borrows && (side->repo_inside || p->engine->machine));
}

/* The directory SRC, which is mounted at DEST: also without a repository, for one could be made in it. */
static void
add_mounted(struct plan *p, const char *src, const char *dest)
{
	struct plan side = *p;

	side.project = xstrdup(src);
	side.at = xstrdup(dest);
	side.label = xprintf("%s/", dest + 1);
	side.git_base = xprintf("/run/wrapix/repository-%zu", p->sides.n);
	/* What is named by words is of the project. */
	side.protect = side.git_named = (struct strv){ 0 };
	if (!state_name_mounted(&side))
		return;
	if (repo_at(src, &side.repo) != NULL || (side.repo.top != NULL && !fits(p, &side)))
		side.repo = (struct repo){ 0 };
	add_side(p, &side);
}

void
sides_plan(struct plan *p)
{
	struct plan project = *p;
	struct stat st;
	size_t i, n = p->mounts.n;
	struct mount m;

	project.label = xstrdup("");
	project.git_base = xstrdup("/run/wrapix");
	if (!p->no_git)
		add_side(p, &project);
	for (i = 0; i < n && !p->no_git; i++) {
		m = p->mounts.v[i];
		if (m.kind == MOUNT_RW && strcmp(m.why, "mount") == 0 && stat(m.src, &st) == 0 && S_ISDIR(st.st_mode))
			add_mounted(p, m.src, m.dest);
	}
}

/* ---- a run ---- */

static void
want_git(const struct plan *p)
{
	if (p->git_program == NULL)
		errx(WX_CHAIN, "git is not on PATH, and what is committed inside could not come home: install "
		    "it (apt install git), or run without a repository: --git none");
}

void
sides_begin(const struct plan *p, const struct home *h, struct sides *s)
{
	struct home one = *h;
	const struct plan *side;
	size_t i;

	s->v = calloc(p->sides.n + 1, sizeof(*s->v));
	if (s->v == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < p->sides.n; i++)
		s->v[i].lock = -1;
	s->n = p->sides.n;
	for (i = 0; i < s->n; i++) {
		side = &p->sides.v[i];
		state_make_run(side);
		if (side->repo.top == NULL) {
			made_note(side, true);
			continue;
		}
		want_git(p);
		one.plan = side;
		(void)runs_bring(&one, false);
		private_make(side, &s->v[i]);
	}
}

void
sides_adjust(const struct plan *p, const struct guards *g, bool signs, const struct sides *s)
{
	struct strv fixed;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].lock == -1)
			continue;
		fixed = (struct strv){ 0 };
		fixed_read_only(g, p->sides.v[i].project, &fixed);
		if (*p->sides.v[i].label == '\0')
			fixed_hidden(g, p, &fixed);
		overrides_write(&s->v[i], &p->sides.v[i], &fixed, signs);
	}
}

void
sides_note(struct sides *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].lock != -1)
			private_note(&s->v[i]);
}

/* One that has a private directory. */
static bool
end_side(struct private *v, const struct home *h, bool keep)
{
	char *command;
	bool ok = true;

	if (private_changed(v)) {
		command = home_command(h->plan);
		if (keep)
			warnx("what was committed is kept in '%s'; %s brings it home", v->path, command);
		free(command);
		ok = !keep && home_bring(v, h);
	}
	if (ok)
		private_remove(v);
	else
		runs_keep(v);
	return ok || keep;
}

bool
sides_end(const struct plan *p, const struct home *h, bool keep, struct sides *s)
{
	struct home one = *h;
	bool ok = true;
	size_t i;

	for (i = 0; i < s->n; i++) {
		one.plan = &p->sides.v[i];
		if (s->v[i].lock != -1)
			ok = end_side(&s->v[i], &one, keep) && ok;
		else if (one.plan->repo.top == NULL)
			made_note(one.plan, false);
	}
	return ok;
}

void
sides_remove(struct sides *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].lock != -1)
			private_remove(&s->v[i]);
}
