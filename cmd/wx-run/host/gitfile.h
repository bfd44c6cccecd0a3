/* SPDX-License-Identifier: MIT */
#ifndef GITFILE_H
#define GITFILE_H

#include "plan/plan.h"

/*
 * Add to the plan what git inside finds in the home: ~/.gitconfig with P->git, and below ~/.config/git the
 * user's own lists of what to ignore and of attributes, and his template of a message, by their text.
 */
void gitfile_add(struct plan *p);

#endif
