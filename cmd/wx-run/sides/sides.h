/* SPDX-License-Identifier: MIT */
#ifndef SIDES_H
#define SIDES_H

#include <stdbool.h>

#include "guard/guard.h"
#include "home/home.h"
#include "plan/plan.h"

/*
 * The repositories that can be written inside: the project's, and those of the directories that -m mounts to
 * be written. To git each is a project: it has a git directory of the run's own, in the state of that directory, as
 * if the run were in it, so that the next run with that directory, as a project or mounted, brings home what a
 * killed one left. P->sides has a plan for each: P's, with the project, its place inside, the repository, the
 * directory for runs and the mounts of that one.
 *
 * That of a mounted linked work tree, or submodule, is inside where it is on the host, as for a project that is one; where
 * that is in what is mounted to be written, its .git is read-only (guard/others.h). So it is of one whose git
 * directory is had already, and of one that borrows objects, or has its refs in a reftable, and that a
 * sandbox may have made (made.h). A directory without a repository is in the list for that: what is made in it is noted.
 */

/* Find them, and add their mounts to P. Dies as gitmounts_plan does. */
void sides_plan(struct plan *p);

/* The private directories of P->sides; lock -1: there is none. */
struct sides {
	struct private *v;
	size_t n;
};

/* Bring home what earlier runs left, make the private directories, and note where no repository is. */
void sides_begin(const struct plan *p, const struct home *h, struct sides *s);

/* What is otherwise in this run than in the host's repositories (overrides.h). */
void sides_adjust(const struct plan *p, const struct guards *g, bool signs, const struct sides *s);

/* Just before the run: from now on there may be something to be brought home. */
void sides_note(struct sides *s);

/* What was committed comes home; with KEEP it is kept for --import. False: it did not, and that was said. */
bool sides_end(const struct plan *p, const struct home *h, bool keep, struct sides *s);

/* Nothing ran: remove them. */
void sides_remove(struct sides *s);

/*
 * The runs of a project that have something to bring home (private.h). Those that nobody holds
 * ended without it: killed, or kept.
 */

/* Bring home what runs of H->plan's project left; those that are kept only with ALL. What never
 * ran is removed. False where one stays that was to come. */
bool runs_bring(const struct home *h, bool all);

/* How many have something that did not come home, and nobody holds them. */
unsigned runs_waiting(const struct plan *p);

/* Is any run at work that has its own git directory of the repository: in the project, or with it mounted? */
bool runs_held(const struct plan *p);

/* Keep V: only --import brings it home from now on. It is let go. */
void runs_keep(struct private *v);

/*
 * Who made a repository, the user or a sandbox? One that a sandbox made can borrow the objects of any other of
 * the user's (alternates), and its refs can be a table that only git reads (reftable).
 */

/* Note, where P->project has no repository, that a run begins there, or (not BEGINS) what there is as it ends. */
void made_note(const struct plan *p, bool begins);

/*
 * Can a sandbox have made P->repo, or what it borrows from? It was there when a run of the project, or with it mounted, ended
 * that began without; or it is younger than the first run in which a directory above it was to be written: what
 * is older was protected in that.
 */
bool made_inside(const struct plan *p);

#endif
