/* SPDX-License-Identifier: MIT */
#ifndef AUDIT_H
#define AUDIT_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "guard/guard.h"
#include "kinds/kinds.h"
#include "state/state.h"

/* What appeared or changed in the project that the host would act upon. */
struct finding {
	const char *kind;    /* see wrapix-workspace(7), REPORT */
	char       *path;    /* below the project */
	char       *detail;  /* or NULL */
	size_t      order;   /* in which it came */
	bool        printed;
};

/* Of one kind. */
struct report_kind {
	const char *kind;
	size_t      kept;
	size_t      more;    /* that were too many to keep */
};

struct report {
	struct { struct finding *v; size_t n, cap; } list;
	struct { struct report_kind *v; size_t n, cap; } kinds;
	size_t rest;            /* counted in the last line, not printed */
};

/* KIND is not copied. The second of a kind and path is not kept. */
void report_add(struct report *r, const char *kind, const char *path,
    const char *detail);

/*
 * A line on stderr of each finding that was not printed before: what the host acts upon first
 * comes first; what does not print is escaped. At the most 50 lines, and of those at least
 * one for each kind, and then for each tool; a last line counts the others by kind. Needs no
 * disk. False if nobody can have read it: stderr is closed, or /dev/null.
 */
bool report_print(struct report *r);

/* One JSON object a line to FP: kind, path, detail. Errors stay in FP. */
void report_json(struct report *r, FILE *fp);

/* How many there are of each kind, as a JSON object of numbers, to FP. */
void report_counts(const struct report *r, FILE *fp);

/* Is there a finding that is more than a remark? */
bool report_grave(const struct report *r);

/* Is there none at all? */
bool report_empty(const struct report *r);

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

/* Now, as the file system will stamp. */
struct timespec audit_clock(void);

/* The kind of which PATH is, a path below the top of a tree, by the last component or two; or
 * NULL. LINK: a symbolic link in place of the first of two brings the second. *WHOLE: the pattern
 * has one component. */
const struct kind *look_kind(const char *path, bool link, bool *whole);

/* By the words alone: does the symbolic link at PATH, below the top of a tree, lead out of that, to
 * TARGET? */
bool outward_words(const char *path, const char *target);

#endif
