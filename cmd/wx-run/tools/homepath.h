/* SPDX-License-Identifier: MIT */
#ifndef HOMEPATH_H
#define HOMEPATH_H

#include "plan/plan.h"

/*
 * Show, read-only, the directories of the user's PATH that are below HOME and hold tools (toolroot.h), so that a
 * version inside is the version outside; of ~/bin and ~/.local/bin the programs alone; and what the links
 * in them lead to. Others below HOME are not shown: they are added to P->left_out.
 */
void homepath_add(struct plan *p);

/* What must come with the directory ROOT of tools. */
void homepath_companions(struct plan *p, const char *root);

#endif
