/* SPDX-License-Identifier: MIT */
#ifndef MARK_H
#define MARK_H

/*
 * A number that changes when anything does that an import of the git directory NAME of the
 * directory AT would bring home: refs, HEAD, states such as an unfinished merge, of its submodules
 * and its linked work trees too. 0: there is too much to be looked at.
 */
unsigned long long mark_of(int at, const char *name);

#endif
