/* SPDX-License-Identifier: MIT */
#ifndef OWN_H
#define OWN_H

#include <sys/stat.h>

#include "plan/plan.h"

/*
 * May the file PATH, which ST was found to be, say what a run may do? The user's or root's, nobody else can write it,
 * and no link leads into the project. Dies with a line that begins with WHAT.
 */
void own_check(const struct plan *p, const char *what, const char *path, const struct stat *st);

#endif
