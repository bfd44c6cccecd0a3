/* SPDX-License-Identifier: MIT */
#ifndef AUDIT_H
#define AUDIT_H

#include <time.h>

#include "guard/guard.h"
#include "report.h"
#include "state/state.h"

/*
 * Look through the work tree for what appeared since START (of the clock by which the file
 * system stamps), or was moved, and would be acted upon by the host: nested repositories, files
 * of the protected kinds, programs on the user's PATH, set-uid files, links that leave the
 * project. A change of an inode cannot be dated back (ctime). The project's own git directory is
 * not looked into.
 *
 * For SECONDS at the most, and until a signal comes that ends wx-run: a finding says so, and
 * what was left out is added to REST. LEFT, of earlier looks, comes first. KILLED: START is
 * that of an earlier run, after which nobody looked.
 */
void audit(const struct guards *g, const struct timespec *start, bool killed, double seconds,
    const struct lefts *left, struct lefts *rest, struct report *r);

/* Is PATH, of a tree at whatever depth, of a protected kind? 1, 2 where its last two components
 * say so, or 0. LINK: it is a symbolic link. */
int audit_of_kind(const char *path, bool link);

/* By the words alone: does the symbolic link at PATH lead out of the tree, to TARGET? */
bool audit_words_leave(const char *path, const char *target);

/* Now, as the file system will stamp. */
struct timespec audit_clock(void);

#endif
