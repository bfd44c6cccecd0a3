/* SPDX-License-Identifier: MIT */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

#include "libcommon/envline.h"
#include "plan/plan.h"

#define SECRETS_COUNT 64

/* NAME=value lines, as read: each ended by NUL. */
struct secrets {
	char   buf[WX_SECRET_MAX + 1];
	char  *line[SECRETS_COUNT];
	size_t n;
	size_t used;   /* of BUF, with the last NUL */
};

/*
 * The secrets of the descriptor FD, which is read to its end and closed, or, if it is standard input, becomes the terminal
 * again; NULL for -1. The caller owns them. Dies with 125 and a line that shows no part of a value: a file that others
 * can read, a terminal, too long, no name, a name that the plan's own environment has or that would subvert the
 * loader, a value not printable.
 */
struct secrets *secret_take(const struct plan *p, int fd);

/*
 * Those of FD that wx-api-broker is to read, and nobody else: wait for them, and have their descriptor out of the way. The new
 * one; -1 for -1. Dies as above.
 */
int secret_keep(int fd);

/* Add NAME=VALUE, which this program has itself, to S. Dies as above. */
void secrets_add(struct secrets *s, const struct plan *p, const char *name, const char *value);

/* May a variable of the command be called so? Not LD_PRELOAD and its kin, which
 * would change the first process inside. */
bool env_name_allowed(const char *name, size_t len);

/* What is wrong with a name that may not be. */
extern const char env_name_wrong[];

#endif
