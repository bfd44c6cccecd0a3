/* SPDX-License-Identifier: MIT */
#ifndef REMEMBER_H
#define REMEMBER_H

#include <sys/stat.h>

#include <stdbool.h>
#include <time.h>

#include "plan/plan.h"

/*
 * What -H hid in the runs of a project: a later run finds it again though another, which
 * could see it, gave it another name meanwhile. In P->run_dir, "hidden"; it is read and
 * written with the mutex of state.h held.
 */
struct hidden {
	dev_t dev;
	ino_t ino;
	struct timespec born;   /* zero: not known */
	char *name;             /* as -H matched it: a link's, where it led to this */
	bool  here;             /* this run hides it, */
	bool  wanted;           /* or is to look for it */
};

struct memory {
	struct { struct hidden *v; size_t n, cap; } list;
	bool changed;
};

/* What the file of P has; nothing where there is none. Dies where it cannot be read. */
void remember_read(const struct plan *p, struct memory *m);

/* NAME led to what *ST and BORN say, and this run hides it. */
void remember_add(struct memory *m, const char *name, const struct stat *st,
    struct timespec born);

/* Is that the same as H? A device's number can be another after a restart. */
bool remember_same(const struct hidden *h, const struct stat *st, struct timespec born);

/* Write it back, if anything is new. Dies where that fails. */
void remember_write(const struct plan *p, const struct memory *m);

#endif
