/* SPDX-License-Identifier: MIT */
#include "sides.h"

#include <sys/stat.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/plain.h"
#include "git/reftable.h"
#include "guard/fixed.h"
#include "libcommon/exitcode.h"
#include "private/gitmounts.h"
#include "private/overrides.h"
#include "runs.h"
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

/* Is GIT the user's, and one that can be had as the run's own? The project can be a linked work tree of it, and then
 * has that git directory inside already. */
static bool
fits(const struct plan *p, const char *git)
{
	char *alternates = xprintf("%s/objects/info/alternates", git), wrong[512];
	struct stat st;
	bool yes = lstat(git, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid() && repo_is_git_dir(git) &&
	    lstat(alternates, &st) == -1 && !reftable_in(git) && plain_git(git, wrong) &&
	    !(p->repo.top != NULL && strcmp(p->repo.common, git) == 0);

	free(alternates);
	return yes;
}

/* The directory SRC, which is mounted at DEST. */
static void
add_mounted(struct plan *p, const char *src, const char *dest)
{
	struct plan side = *p;
	char *git = xprintf("%s/.git", src);

	if (!fits(p, git)) {
		free(git);
		return;
	}
	side.project = xstrdup(src);
	side.at = xstrdup(dest);
	side.label = xprintf("%s/", dest + 1);
	side.git_base = xprintf("/run/wrapix/repository-%zu", p->sides.n);
	side.repo = (struct repo){ .top = xstrdup(src), .dir = git, .common = xstrdup(git) };
	side.repo_inside = false;
	/* What is named by words is of the project. */
	side.protect = side.git_named = (struct strv){ 0 };
	if (state_name_mounted(&side))
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

/* The project has no repository; or had none, and what is there was made in the run that ends. */
static void
note_made(const struct plan *side, bool begins)
{
	char *git = xprintf("%s/.git", side->project);

	(void)runs_made_inside(side, git, begins);
	free(git);
}

void
sides_begin(struct plan *p, const struct home *h, struct sides *s)
{
	struct home one = *h;
	struct plan *side;
	size_t i;

	s->v = calloc(p->sides.n + 1, sizeof(*s->v));
	if (s->v == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < p->sides.n; i++)
		s->v[i].lock = -1;
	s->n = p->sides.n;
	for (i = 0; i < s->n; i++) {
		side = &p->sides.v[i];
		side->image = p->image;   /* that is ready only now */
		state_make_run(side);
		if (side->repo.top == NULL) {
			note_made(side, true);
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
			note_made(one.plan, false);
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
