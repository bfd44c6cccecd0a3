/* SPDX-License-Identifier: MIT */
#ifndef WHY_H
#define WHY_H

#include <stdio.h>

#include "guard/guard.h"
#include "plan/plan.h"

/* What becomes of a path inside. */
enum verdict { WHY_WRITABLE, WHY_READ_ONLY, WHY_PROTECTED, WHY_HIDDEN, WHY_ABSENT };

struct why {
	enum verdict verdict;
	char *path;          /* as it is inside, absolute */
	char *rule;          /* which decides, in words; the caller's */
};

/* The verdict's word. */
const char *why_word(enum verdict v);

/*
 * Of PATH: absolute, or below the project; one of the host in the project is meant as that. By the words of the
 * plan: no link in what is shown is followed. The strings are the caller's.
 */
struct why why_of(const struct plan *p, const struct guards *g, const char *path);

/* What the mount M is, in words; NULL for one that says nothing more than its verdict. */
const char *why_of_mount(const struct plan *p, const struct mount *m);

/* Which rule protects REL of the project. The caller owns it. */
char *why_protected(const struct plan *p, const char *rel);

/* To FP, the answer to wx-run --why PATH: one line, or an object with JSON. */
void why_write(FILE *fp, const struct plan *p, const struct guards *g, const char *path, bool json);

/*
 * The same of WHAT, HOST:PORT or a host that is no file of the project's, with the network "listed", by wx-egress' word.
 * False: it is none of these, and nothing was written.
 */
bool why_host(FILE *fp, const struct plan *p, const char *what, bool json);

#endif
