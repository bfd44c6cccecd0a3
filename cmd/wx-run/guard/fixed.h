/* SPDX-License-Identifier: MIT */
#ifndef FIXED_H
#define FIXED_H

#include "guard.h"

/* The paths below TOP, the project or a directory that -m mounts, that are read-only inside, without those of
 * .git. */
void fixed_read_only(const struct guards *g, const char *top, struct strv *out);

/* And those that are hidden: covered by something empty. */
void fixed_hidden(const struct guards *g, const struct plan *p, struct strv *out);

#endif
