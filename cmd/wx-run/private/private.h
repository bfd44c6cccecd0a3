/* SPDX-License-Identifier: MIT */
#ifndef PRIVATE_H
#define PRIVATE_H

#include <stdbool.h>

#include "plan/plan.h"

/*
 * The git directory of a run's own. Inside it stands in the place of the project's: all of git
 * works in it, and nothing that git on the host acts upon can be written. The objects of the
 * host are shown read-only; the private directory names them as alternates. What was committed
 * comes home by git's protocol (home.h).
 *
 * It lies in P->run_dir/RUN, RUN a time and a process id, with:
 *   git/    the private git directory
 *   start/  a bare repository of ours: the refs as they were when the run began
 *   what    where it comes from; written last: without it nothing was ever run
 *   kept    where it is: not to be brought home but by --import
 * The directory RUN is locked (flock(2)) while the run, or an import of it, is at work.
 */

/* Where the host's objects are inside, and the git directories of its submodules: names below P->git_base. */
#define PRIVATE_OBJECTS "objects"
#define PRIVATE_MODULES "modules"
#define PRIVATE_LFS     "lfs"

/* The note, in start/, of what git is told to leave alone (overrides.h). */
#define PRIVATE_FIXED "fixed"

/* How deep submodules are followed. */
#define PRIVATE_DEPTH 8

/* A line of "what": a host directory that is shown inside, and where. */
struct private_mount {
	char *src, *dest;
};

struct private {
	char *path;        /* P->run_dir/RUN */
	char *name;        /* RUN */
	char *top, *dir, *common;   /* of the repository: see repo.h */
	struct { struct private_mount *v; size_t n, cap; } mounts;
	unsigned long long mark;   /* of it before the run (mark.h); 0: not to be told */
	int   lock;        /* the descriptor that holds it, or -1 */
};

/* The name of a run that begins now. The caller owns it. */
char *private_name(void);

/* Make the private directory of the plan, and lock it. Dies with a line. */
void private_make(const struct plan *p, struct private *out);

/*
 * The run in PATH as it was made. False: nothing was ever run in it, or it is none of ours. It
 * is not locked.
 */
bool private_read(const char *path, struct private *out);

/* End: WHAT of the run's git directory cannot be made; errno says why. */
_Noreturn void private_cannot(const char *what);

/* What git keeps in the directory of a work tree while something is unfinished; what ends it removes
 * it. Ended by NULL. */
extern const char *const private_states[];

/* What tells the directory DIR, a descriptor, from another: device, inode, when it was made. The
 * caller owns it. */
char *private_identity(int dir);

/* Write "what", just before the run, with what tells whether anything changes that an import would bring
 * home (mark.h). Has it since, or can that not be told? */
void private_note(struct private *v);
bool private_changed(const struct private *v);

/* Remove it, and let it go. */
void private_remove(struct private *v);

/*
 * Add the mounts of P->repo to the plan: the private directory of the run P->run (which need
 * not be there yet), the host's objects, what covers the .git file of the project. Dies with a
 * line for a repository that cannot be shown so, with --git none as the way on.
 */
void gitmounts_plan(struct plan *p);

/*
 * What the run's git directory says otherwise than the host's, made just before the run:
 *
 * - where its work tree is inside, if that is named at all;
 * - the files FIXED, paths below the project (or what is one to git: sides.h), are read-only or empty inside: git is told to leave
 *   them in the work tree as they are (skip-worktree, git-update-index(1)), so that a switch to a
 *   commit that has others of them works, and no commit takes the old ones along; they are noted in
 *   "start/fixed", each ended by NUL;
 * - no signatures are asked for where SIGNS says that there is no key inside to make them; said in
 *   a line.
 *
 * Dies with a line.
 */
void overrides_write(const struct private *v, const struct plan *p, const struct strv *fixed, bool signs);

#endif
