/* SPDX-License-Identifier: MIT */
#ifndef FETCH_H
#define FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/audit.h"
#include "git/git.h"
#include "private/private.h"

/* How commits come home. */
struct home {
	const struct plan *plan;   /* of the repository (sides.h): program of git, identity, how to serve */
	struct report     *report; /* what is to be said */
	bool               commits;/* a line for each that came */
	unsigned long     *brought;/* how many came is added here; NULL: nobody asks */
	double             seconds;/* the time it may take; 0: no bound */
};

/* A work tree of a repository: its own part of the git directory. */
struct tree {
	char *inside;    /* of the run: the path on the host, */
	char *notes;     /* what was noted of it when the run began, */
	char *dir;       /* the same of the host, */
	char *name;      /* and the ref of its HEAD, where that is on no branch: "main", "tree/NAME" */
	char *top;       /* where its files are, or NULL: not known */
	char *before;    /* the commit of its HEAD before the import, or NULL */
	bool  open;      /* something is unfinished in it */
};

/* One git directory of the run's, and the host's that it was made of. */
struct pair {
	const struct home    *h;
	const struct private *v;
	const char *rel;      /* below git/ and start/: "" or "modules/NAME" */
	char       *common;   /* of the host: the directory of refs and objects */
	struct hostgit start, host;
	struct { struct tree *v; size_t n, cap; } trees;
	char        wrong[512];
};

/* "refs/heads/NAME" of a HEAD's line, if it is on a branch that a ref could be named; a pointer into HEAD. */
const char *pair_branch(const char *head);

#define FETCH_REFS 20000UL  /* more of one repository do not come */

/*
 * Can the run's git directory be served: is what git would open regular, and not too much? MANY: it
 * has more than FETCH_REFS refs. False with the reason in PR->wrong.
 */
bool fetch_fit(struct pair *pr, bool *many);

/*
 * Fetch, into the start repository and the host's objects, what was committed inside: from
 * an upload-pack in a sandbox (serve.h), checked by fsck. MANY: only the branch that HEAD is on.
 * False with the reason in PR->wrong, and the host's objects as they were.
 */
bool fetch_all(struct pair *pr, bool many);

/* The first argument by which wx-run is told to be that, and what comes after: PATH REL ENGINE
 * IMAGE, and a word of git's. */
#define SERVE_WORD "--serve-git"
_Noreturn void serve_main(int argc, char *argv[]);

#endif
