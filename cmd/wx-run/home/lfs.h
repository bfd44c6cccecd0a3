/* SPDX-License-Identifier: MIT */
#ifndef LFS_H
#define LFS_H

#include <stdbool.h>

#include "private/private.h"

/*
 * Copy the objects of git-lfs(1) that the run V has of its own, for the git directory REL below git/, to
 * COMMON of the host. Each has the SHA-256 of its contents for a name, and comes only if that is so. False
 * with a line in WRONG (512 bytes): one could not be copied.
 */
bool lfs_bring(const struct private *v, const char *common, const char *rel, char *wrong);

#endif
