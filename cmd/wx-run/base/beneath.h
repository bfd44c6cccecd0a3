/* SPDX-License-Identifier: MIT */
#ifndef BENEATH_H
#define BENEATH_H

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

#endif
