/* SPDX-License-Identifier: MIT */
#ifndef PLAIN_H
#define PLAIN_H

#include <stdbool.h>

/*
 * Is what git writes in the git directory DIR of the host in that directory? git follows symbolic links in the
 * place of its index, its reflogs and the directories of refs and objects, and goes where "commondir" says; a
 * repository that was made in a sandbox could have them lead to any file of the user's. Its submodules and linked
 * work trees are looked at too. False with a line in WRONG.
 */
bool plain_git(const char *dir, char wrong[static 512]);

#endif
