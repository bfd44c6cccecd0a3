/* SPDX-License-Identifier: MIT */
#ifndef AUDIT_H
#define AUDIT_H

#include <time.h>

#include "guard/guard.h"
#include "report.h"

/*
 * Look through the project for what appeared since START (of the clock by which
 * the file system stamps) and would be acted upon by the host: nested
 * repositories, files of the protected kinds, set-uid files, links that leave the
 * project. For SECONDS at the most; if that did
 * not do, a finding says so. A change of an inode cannot be dated back (ctime).
 * KILLED: START is that of a run after which nobody looked.
 */
void audit(const struct guards *g, const struct timespec *start, bool killed, double seconds,
    struct report *r);

/* Is PATH, of a tree at whatever depth, of a protected kind? 1, 2 where its last two components
 * say so, or 0. LINK: it is a symbolic link. */
int audit_of_kind(const char *path, bool link);

/* By the words alone: does the symbolic link at PATH lead out of the tree, to TARGET? */
bool audit_words_leave(const char *path, const char *target);

/* Now, as the file system will stamp. */
struct timespec audit_clock(void);

#endif
