/* SPDX-License-Identifier: MIT */
#ifndef SECRETS_H
#define SECRETS_H

#include <stddef.h>

#include "libcommon/envline.h"
#include "plan.h"

#define SECRETS_COUNT 64

/* NAME=value lines, as read: each ended by NUL. */
struct secrets {
	char   buf[WX_SECRET_MAX + 1];
	char  *line[SECRETS_COUNT];
	size_t n;
	size_t used;   /* of BUF, with the last NUL */
};

/*
 * Read the lines of FD to its end, and close it. Dies with 125 and a line that
 * shows no part of a value: too long, no name, a name that the plan's own
 * environment has or that would subvert the loader, a value not printable.
 */
void secrets_read(struct secrets *s, const struct plan *p, int fd);

/* Add NAME=VALUE, which this program has itself. Dies as secrets_read does. */
void secrets_add(struct secrets *s, const struct plan *p, const char *name, const char *value);

/* May a variable of the command be called so? Not LD_PRELOAD and its kin, which
 * would change the first process inside. */
bool env_name_allowed(const char *name, size_t len);

/* What is wrong with a name that may not be. */
extern const char env_name_wrong[];

#endif
