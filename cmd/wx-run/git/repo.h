/* SPDX-License-Identifier: MIT */
#ifndef REPO_H
#define REPO_H

#include <stdbool.h>

/*
 * A repository of the host's, found by its files; git is not run. All paths are absolute and
 * canonical.
 */
struct repo {
	char *top;      /* of its work tree */
	char *dir;      /* the git directory of that work tree */
	char *common;   /* what its work trees share: DIR but for a linked work tree */
	bool  file;     /* TOP/.git is a file that names DIR */
};

/* Does DIR (a path) look like a git directory: HEAD, objects and refs, as git itself asks
 * (gitrepository-layout(5))? */
bool repo_is_git_dir(const char *dir);

/* The first line of the file NAME of the directory AT, or DIR, without what ends it, through no
 * link; NULL if there is none. The caller owns it. */
char *repo_line(int at, const char *name);
char *repo_line_of(const char *dir, const char *name);

/*
 * The repository that TOP (canonical) is the work tree of; OUT->top is NULL where there is none. NULL, or what is
 * wrong with TOP/.git: a file that names something that is no git directory, or one that does not point back.
 */
const char *repo_at(const char *top, struct repo *out);

/*
 * The repository that DIR (canonical) is in: the nearest .git at or above it, but not at
 * HOME (canonical) or above. False where there is none: OUT->top is NULL. Dies with a line
 * where a .git file names something that is no git directory, or one that does not point
 * back to its work tree.
 */
bool repo_find(const char *dir, const char *home, struct repo *out);

#endif
