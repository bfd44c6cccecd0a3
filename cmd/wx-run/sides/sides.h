/* SPDX-License-Identifier: MIT */
#ifndef SIDES_H
#define SIDES_H

#include "guard/guard.h"
#include "home/home.h"

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

#endif
