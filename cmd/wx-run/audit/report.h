/* SPDX-License-Identifier: MIT */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What appeared or changed in the project that the host would act upon. */
struct finding {
	const char *kind;    /* see wx-run(1), REPORT */
	char       *path;    /* below the project */
	char       *detail;  /* or NULL */
};

struct report {
	struct finding *v;
	size_t          n, cap;
	size_t          more;    /* that were too many to keep */
};

void report_add(struct report *r, const char *kind, const char *path,
    const char *detail);

/* What FROM holds, to the end of R, which owns it then. */
void report_append(struct report *r, const struct report *from);

/* One line each on stderr: what does not print, escaped. */
void report_print(const struct report *r);

/* One JSON object a line to FP: kind, path, detail. Errors stay in FP. */
void report_json(const struct report *r, FILE *fp);

#endif
