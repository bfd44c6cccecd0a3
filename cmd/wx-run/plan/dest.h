/* SPDX-License-Identifier: MIT */
#ifndef DEST_H
#define DEST_H

#include "plan.h"

/* PATH, where "~" or "~/..." is HOME, of the host or inside. The caller owns it. */
char *dest_expand(const char *home, const char *path);

/* End with a line where nothing can be mounted on DEST, absolute and clean: the sandbox's own places, and those not
 * to be covered as a whole. dest_check: the same of what the user names, which is not the project's either, nor what
 * is listed of the Nix store. */
void dest_refuse(const struct plan *p, const char *dest);
void dest_check(const struct plan *p, const char *dest);

#endif
