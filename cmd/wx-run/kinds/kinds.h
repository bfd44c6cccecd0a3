/* SPDX-License-Identifier: MIT */
#ifndef KINDS_H
#define KINDS_H

#include <sys/types.h>

#include <stdbool.h>

#include "libcommon/tool/strv.h"

/*
 * A file or directory of a project that a tool on the host acts upon by itself. PATTERN is
 * a glob(7) of one or two components; none begins with a wildcard. WHEN completes the
 * sentence "TOOL acts upon it ...".
 */
struct kind {
	const char *pattern, *tool, *when;
};

/* All of them; the last has no pattern. wrapix-workspace(7) lists the same, in this order. */
extern const struct kind guard_kinds[];

/* A file that make reads: completion in a shell runs what is in it. NAME is one component. */
bool kinds_is_makefile(const char *name);

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

#define MATCHES_MAX 1000   /* of one pattern */

/* The paths of the tree ROOT that match PATTERNS, component by component, and those that
 * have no wildcard and cannot be looked at; appended to OUT. Dies where a pattern has more
 * than MATCHES_MAX. */
void glob_paths(int root, const struct strv *patterns, struct strv *out);

/* The names in the directory DIR of ROOT, as paths below ROOT. */
void glob_names(int root, const char *dir, struct strv *out);

/*
 * What a configuration of git names that git runs, reads or sends to: TEXT, of LEN bytes and
 * a NUL behind, as one word each in OUT, as it stands behind a letter: 'h' core.hooksPath,
 * 'i' an include, 'r' a remote's URL, 'p' a word of a program's command line. False if it is
 * not of git's syntax; OUT then has what came before.
 */
bool gitnames(const char *text, size_t len, struct strv *out);

#endif
