/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_BENEATH_H
#define WX_TOOL_BENEATH_H

#include <sys/types.h>

/*
 * Paths under a folder that a sandbox could have written, besides what libcommon/osfile.h
 * has: a symbolic link on the way, or at the end, is ELOOP, a step outside EXDEV.
 */

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
