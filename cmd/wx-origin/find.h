/* SPDX-License-Identifier: MIT */
#ifndef FIND_H
#define FIND_H

#include <limits.h>

#include "url.h"

/*
 * The remote REMOTE of the repository that the folder DIR is in: its own tree, a
 * linked one or a submodule. Only files are read, and git is not run. What its
 * configuration would have git do otherwise is named on standard error. Dies
 * otherwise.
 */
void find_origin(const char *dir, const char *remote, struct url *out);

/*
 * The git directory of that repository, canonical; of a linked work tree that of the main one.
 * One line of text. Dies otherwise.
 */
void find_git(const char *dir, char out[static PATH_MAX]);

#endif
