/* SPDX-License-Identifier: MIT */
#ifndef TOOLROOT_H
#define TOOLROOT_H

#include "plan/plan.h"

/* The directory below HOME in which PATH (absolute) lies, if it is one of those where tools of a user
 * are, and hold programs only; else NULL. The caller owns it. */
char *toolroot_known(const struct plan *p, const char *path);

/* The directory that must come with the program FILE: such a one, or one that looks like it, by what is beside
 * FILE; FILE itself where there is none, or it would show too much. The caller owns it. */
char *toolroot(const struct plan *p, const char *file);

#endif
