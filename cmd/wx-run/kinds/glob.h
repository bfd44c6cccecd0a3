/* SPDX-License-Identifier: MIT */
#ifndef GLOB_H
#define GLOB_H

#include "libcommon/tool/strv.h"

#define MATCHES_MAX 1000   /* of one pattern */

/* The paths of the tree ROOT that match PATTERNS, component by component, and those that
 * have no wildcard and cannot be looked at; appended to OUT. Dies where a pattern has more
 * than MATCHES_MAX. */
void glob_paths(int root, const struct strv *patterns, struct strv *out);

/* The names in the directory DIR of ROOT, as paths below ROOT. */
void glob_names(int root, const char *dir, struct strv *out);

#endif
