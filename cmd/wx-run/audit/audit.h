/* SPDX-License-Identifier: MIT */
#ifndef AUDIT_H
#define AUDIT_H

#include <time.h>

#include "guard/guard.h"
#include "report.h"

/* Note which gitlinks there are before the run, where that is cheap to know. */
void audit_before(struct guards *g);

/*
 * Look through the project for what appeared since START (of the clock by which
 * the file system stamps) and would be acted upon by the host: nested
 * repositories, gitlinks, files of the protected kinds, set-uid files, links that
 * leave the project, an unfinished rebase. For SECONDS at the most; if that did
 * not do, a finding says so. A change of an inode cannot be dated back (ctime).
 * KILLED: START is that of a run after which nobody looked.
 */
void audit(const struct guards *g, const struct timespec *start, bool killed, double seconds,
    struct report *r);

/* Now, as the file system will stamp. */
struct timespec audit_clock(void);

#endif
