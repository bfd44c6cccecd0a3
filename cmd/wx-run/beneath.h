/* SPDX-License-Identifier: MIT */
#ifndef BENEATH_H
#define BENEATH_H

#include <sys/stat.h>

/*
 * Paths under a folder that a sandbox could have written. All are opened with
 * openat2(2) RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS: a symbolic link on the way,
 * or at the end, is ELOOP, a step outside EXDEV.
 */

/* A close-on-exec descriptor of the folder PATH to begin from, or -1 with errno. */
int   beneath_top(const char *path);

/* A close-on-exec descriptor of REL ("" is ROOT itself), or -1 with errno. */
int   beneath_open(int root, const char *rel, int flags);

/* As fstat(2) of REL; a link at the end is ELOOP. 0, or -1 with errno. */
int   beneath_stat(int root, const char *rel, struct stat *st);

/* The first prefix of REL that is a symbolic link, for a message; owned by the
 * caller. NULL if there is none. */
char *beneath_link(int root, const char *rel);

/*
 * The folder that holds REL, opened, and in *NAME its last part (a pointer into
 * REL). -1 with errno.
 */
int   beneath_parent(int root, const char *rel, const char **name);

/* Read a regular file of CAP - 1 bytes at the most, and end it by NUL. The
 * number of bytes, or -1 with errno: ENODEV if it
 * is not a regular file, EMSGSIZE if it is larger. */
ssize_t beneath_read(int root, const char *rel, char *buf, size_t cap);

#endif
