/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_H
#define TOOLS_H

#include "plan/plan.h"

/*
 * Find the command of the plan where the user's shell would, and bind read-only
 * what it needs of places that the sandbox hides: the tool's own folder (an npm
 * prefix, a version manager's, a virtual environment, /opt/X), its links, a
 * script's interpreter. Likewise P->tools. Sets P->resolved and PATH.
 * Not found: 127; found and not executable: 126; each with a line.
 */
void find_command(struct plan *p);

/* PATH inside of a PATH of the host, or NULL: below the project it is below
 * /workspace, else it is the same where it is shown. The caller owns it. */
char *find_inside(const struct plan *p, const char *path);

#endif
