/* SPDX-License-Identifier: MIT */
#ifndef WX_GITCONFIG_H
#define WX_GITCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define WX_GITCONFIG_WORD 1024 /* bytes of a section, a key or a value, NUL included */

/*
 * One variable of a configuration: SECTION and KEY in lower case, "" before the first; SUBSECTION as
 * it stands ("" for none), VALUE "" for a key without one.
 */
typedef void wx_gitconfig_each(const char *section, const char *subsection, const char *key, const char *value,
    void *user);

/*
 * Read TEXT, of LEN bytes and a NUL behind, as git-config(1), "Syntax" has it, and
 * hand on each variable; nothing is included. False if it is not of that syntax,
 * holds a NUL, or a word that is too long.
 */
bool wx_gitconfig_read(const char *text, size_t len, wx_gitconfig_each *each, void *user);

#endif
