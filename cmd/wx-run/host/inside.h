/* SPDX-License-Identifier: MIT */
#ifndef INSIDE_H
#define INSIDE_H

#include <stdbool.h>

/*
 * Is the file NAME (by the current folder, if relative) in DIR or DIR itself, by its
 * name, by its folder's real one, or by where it leads? It need not be there.
 */
bool inside(const char *name, const char *dir);

#endif
