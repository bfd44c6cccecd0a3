/* SPDX-License-Identifier: MIT */
#ifndef GITIDENT_H
#define GITIDENT_H

#include <stddef.h>

/* The settings of the user's own git that go into the sandbox; NULL: not set. */
struct gitident {
	char *name, *email;
	char *hooks;       /* core.hooksPath, for guard.h */
};

/*
 * Read LEN bytes of a git configuration that is plain enough to be read without
 * git: no include, no continued or quoted value. 0, or -1: ask git. Strings are
 * added to OUT, a later one replaces an earlier.
 */
int gitident_parse(const char *text, size_t len, struct gitident *out);

/*
 * The same of a file; one that is not there says nothing. 0, or -1: ask git.
 */
int gitident_read(const char *path, struct gitident *out);

#endif
