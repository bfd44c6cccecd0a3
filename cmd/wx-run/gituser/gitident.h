/* SPDX-License-Identifier: MIT */
#ifndef GITIDENT_H
#define GITIDENT_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/plan.h"

/*
 * Does the setting KEY, in lower case but for its subsection, say only how git does its work: names no
 * program, no host and no file? An alias that is a command of the shell's does not, the filters of git-lfs do.
 */
bool gitident_how(const char *key, const char *value);

/* Does it name a file of which the text goes along: of what to ignore, of attributes, of a message's begin? */
bool gitident_names_text(const char *key);

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
