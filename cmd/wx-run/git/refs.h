/* SPDX-License-Identifier: MIT */
#ifndef REFS_H
#define REFS_H

#include <stddef.h>

#include "libcommon/tool/strv.h"

/*
 * All refs of the git directory open as DIR, in the format of one packed-refs file: loose
 * ones in the place of packed ones of the same name (gitrepository-layout(5)). *TEXT, of *LEN
 * bytes, is the caller's. The paths of symbolic refs below DIR, such as refs/remotes/origin/HEAD,
 * are appended to SYMBOLIC, each followed by what its file says: they have no place there. refs/wrapix
 * is left out. 0, or -1 with errno.
 */
int refs_pack(int dir, char **text, size_t *len, struct strv *symbolic);

#endif
