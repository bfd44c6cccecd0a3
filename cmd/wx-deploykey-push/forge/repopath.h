/* SPDX-License-Identifier: MIT */
#ifndef REPOPATH_H
#define REPOPATH_H

/* NULL if S is OWNER/NAME of letters, digits, '-' and '_', in NAME '.' too; else why not. */
const char *repopath_two_fault(const char *s);

#endif
