/* SPDX-License-Identifier: MIT */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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

#endif
