/* SPDX-License-Identifier: MIT */
#ifndef WALK_H
#define WALK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * Every name below the directory ROOT, those nearest to it first, MAX of them at the most:
 * FN gets ARG, its path below ROOT, and its inode's number and type (DT_...) as the
 * directory has them. No link is followed; what is in the .git of ROOT is left out. Did
 * that do, or were there more?
 */
bool walk_names(int root, size_t max, void (*fn)(void *arg, const char *rel, ino_t ino,
    unsigned char type), void *arg);

#endif
