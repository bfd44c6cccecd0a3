/* SPDX-License-Identifier: MIT */
#ifndef REPOPATH_H
#define REPOPATH_H

/* Paths of repositories, as kinds of forges have them. Each: NULL if S is one, else why not. */

/* OWNER/NAME of letters, digits, '-' and '_', in NAME '.' too, 100 bytes each. */
const char *repopath_two_fault(const char *s);

/* The same with '.' in OWNER, not first. */
const char *repopath_dots_fault(const char *s);

/* GROUP/.../NAME, 2 to 20 parts of letters, digits, '-', '_' and '.', none with '-' first; 255 bytes. */
const char *repopath_groups_fault(const char *s);

/* PROJECT/NAME, or ~USER/NAME; letters, digits, '-', '_' and '.'; 100 bytes each. */
const char *repopath_project_fault(const char *s);

#endif
