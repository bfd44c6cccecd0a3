/* SPDX-License-Identifier: MIT */
#ifndef OTHERS_H
#define OTHERS_H

#include "guard.h"

/*
 * The directories that -m mounts to be written get the protected kinds as the project does. Of a repository
 * .git is the run's own (sides/sides.h), or read-only, as other git directories in them are. Dies with a line for one that is a repository itself, or where
 * another mount leads to what is protected.
 */
void others_find(struct guards *g, struct plan *p);

#endif
