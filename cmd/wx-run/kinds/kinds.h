/* SPDX-License-Identifier: MIT */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>

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

#endif
