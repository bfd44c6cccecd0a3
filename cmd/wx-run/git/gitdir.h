/* SPDX-License-Identifier: MIT */
#ifndef GITDIR_H
#define GITDIR_H

#include <stdbool.h>

#include "base/words.h"

/* Does REL below ROOT look like a git folder: HEAD, objects and refs? */
bool gitdir_is(int root, const char *rel);

/*
 * Where a ".git" file of the project points, checked: the folder itself and, for
 * a work tree of `git worktree`, the main one. Both canonical; the caller owns
 * them. MAIN is NULL for a submodule.
 */
struct gitdir_link {
	char *dir, *main;
};

/*
 * Read the ".git" file of PROJECT (canonical; opened as ROOT). The folder must
 * point back to the project: else anything could be had by a planted file.
 * NULL, or what is wrong.
 */
const char *gitdir_follow(int root, const char *project, struct gitdir_link *out);

/*
 * The work tree that the git folder DIR (of the host, canonical) says it has, or
 * NULL: of a submodule, by its config, by the words only; of a linked work tree, by
 * its "gitdir", canonical if it is there. The caller owns it.
 */
char *gitdir_work_tree(const char *dir);
char *gitdir_tree_of(const char *dir);

/*
 * What a configuration file, FILE on the host, names of the work tree: values of
 * core.hooksPath, include paths, programs. Words, as they stand; with a prefix:
 * 'h' hooksPath, 'i' an include, 'p' a word of a program's command line.
 * The file is read by git itself, from / and without a repository. NULL, or what is
 * wrong with it.
 */
const char *gitdir_config(const char *file, struct words *out);

#endif
