/* SPDX-License-Identifier: MIT */
#ifndef PAIR_H
#define PAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "git/hostgit.h"
#include "home.h"
#include "private/private.h"

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

#endif
