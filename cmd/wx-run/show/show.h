/* SPDX-License-Identifier: MIT */
#ifndef SHOW_H
#define SHOW_H

#include <stdio.h>

#include "audit/audit.h"
#include "guard/guard.h"
#include "plan/plan.h"
#include "request/request.h"
#include "run/run.h"

/*
 * Write the plan as JSON, keys in a fixed order, the same for the same plan. No
 * secret is in a plan; the value of a variable that came from the host, which
 * may be one, is null. Errors stay in FP.
 */
void planjson_write(FILE *fp, const struct plan *p);

/*
 * What a script wants to know of the plan, on FP: lines "KEY<TAB>VALUE", see wrapix-plan(5).
 * No value has a tab or newline: what stands for one is as in escaped().
 */
void summary_write(FILE *fp, const struct request *r, const struct plan *p,
    const struct guards *g);

/* What in the project cannot be changed: of git's folder a word, of the work tree each path. The caller owns it. */
char *summary_read_only(const struct guards *g);

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

/*
 * One line of JSON to the descriptor FD: how the run of P ended (O), that we exit with STATUS, what was found, how
 * many commits came home. Whoever was to read it may be gone: that is no error. False with errno for any other.
 */
bool endjson_write(int fd, const struct plan *p, const struct outcome *o, int status,
    const struct report *found, unsigned long commits);

#endif
