/* SPDX-License-Identifier: MIT */
#ifndef OUTWARD_H
#define OUTWARD_H

#include "look.h"

/*
 * The entry of L, a symbolic link that is new, NAME in the directory FD: a finding if it leads
 * out of the project. Not one that leads to a file of the system which the user cannot
 * write, such as python in a virtual environment.
 */
void outward_look(const struct look *l, int fd, const char *name);

#endif
