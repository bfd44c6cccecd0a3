/* SPDX-License-Identifier: MIT */
#ifndef OWN_H
#define OWN_H

#include <sys/stat.h>

#include "plan/plan.h"

/*
 * May the file PATH, which ST was found to be, say what a run may do? No link leads into the project, and it is the
 * user's or root's, and nobody else can write it, but for one that came along with our own program, beside which it
 * then is: who can write that can write us. Dies with a line that begins with WHAT.
 */
void own_check(const struct plan *p, const char *what, const char *path, const struct stat *st);

#endif
