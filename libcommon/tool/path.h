/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_PATH_H
#define WX_TOOL_PATH_H

#include <stdbool.h>

/* Is PATH (absolute, clean) DIR itself or below it? */
bool path_within(const char *path, const char *dir);

/*
 * PATH made absolute by BASE, without '.', '..', doubled or trailing slashes;
 * by the words only, no link is followed. The caller owns it.
 */
char *path_clean(const char *base, const char *path);

/*
 * Is the file NAME (by the current folder, if relative) in DIR or DIR itself, by its
 * name, by its folder's real one, by where it leads, or by a link on the way there? It need not be there.
 */
bool path_inside(const char *name, const char *dir);

/*
 * The real place of PATH, absolute, if neither that nor a link on the way to it lies in DIR, which is
 * canonical; NULL where one does, or nothing is there. Of DIR a project: the sandbox could have made such a link
 * lead to any file of the user's. The caller owns it.
 */
char *path_apart(const char *path, const char *dir);

#endif
