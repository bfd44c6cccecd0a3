/* SPDX-License-Identifier: MIT */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <sys/stat.h>

#include <time.h>

#include "guard/guard.h"
#include "report.h"

/*
 * The protected files as they were, byte for byte, in a memory file. A mount can
 * come off while the sandbox runs: when the host replaces the very file (git
 * config does, by rename). What was then written is put back.
 */
struct snapshot_entry {
	size_t guard;        /* index of the guard at or above it */
	char  *rel;          /* below the guard's root */
	mode_t mode;
	off_t  at;           /* of its bytes in the memory file; -1: too large */
	size_t len;
	bool   linked;       /* it has a second name, by which it can be written */
};

struct snapshot {
	int   fd;
	off_t end;
	struct { struct snapshot_entry *v; size_t n, cap; } list;
	struct timespec *born;   /* of each guard: a new file can get an old inode's number */
	bool  full;                     /* there was more than is kept */
};

/* Before the run. Dies with a line. */
void snapshot_take(struct snapshot *s, const struct guards *g);

/*
 * After the run: where a guarded path is no longer the thing that was guarded,
 * put back what differs. What stood there is kept in P->run_dir/replaced; each is
 * a finding of R. A change of the thing itself can only be the host's, and stays.
 */
void snapshot_restore(const struct snapshot *s, const struct guards *g,
    const struct plan *p, struct report *r);

#endif
