/* SPDX-License-Identifier: MIT */
#ifndef GITFILE_H
#define GITFILE_H

#include "plan/plan.h"

/*
 * Add to the plan what git inside finds in the home: ~/.gitconfig with P->git, and below ~/.config/git the
 * user's own lists of what to ignore and of attributes, and his template of a message, by their text.
 */
void gitfile_add(struct plan *p);

/* Where git reads its file NAME of the user's, besides ~/.gitconfig (git-config(1), FILES). The caller owns it. */
char *gitfile_place(const struct plan *p, const char *name);

#endif
