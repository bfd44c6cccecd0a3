/* SPDX-License-Identifier: MIT */
#ifndef KNOWN_H
#define KNOWN_H

#include <sys/types.h>

#include <stdbool.h>

#include "libcommon/tool/strv.h"

/*
 * The directories of a project as they were before the run, found by a look that has a
 * limit of time and of directories. One that is not among them came during the run, or was
 * moved: then all that it holds is new in its place, however old.
 */
struct known;

/*
 * Look through the project ROOT, which is open; SKIP, a path below it, is left out (NULL:
 * nothing). Paths of what git takes for a repository are added to REPOSITORIES: a ".git",
 * or a directory that is one. The caller owns what is returned.
 */
struct known *known_look(int root, const char *skip, struct strv *repositories);

/* Was the directory INO in the directory PARENT, under NAME? Inode numbers as readdir(3)
 * gives them; PARENT 0 is the project. */
bool known_has(const struct known *k, ino_t parent, ino_t ino, const char *name);

/* Did the look see everything? */
bool known_all(const struct known *k);

/* How many directories it has seen. */
size_t known_count(const struct known *k);

#endif
