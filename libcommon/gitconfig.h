/* SPDX-License-Identifier: MIT */
#ifndef WX_GITCONFIG_H
#define WX_GITCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define WX_GITCONFIG_WORD 1024 /* bytes of a section, a key or a value, NUL included */

/*
 * Called for each variable: SECTION and KEY in lower case (SECTION "" before the first header), SUBSECTION as
 * written ("" for none), VALUE "" for a key without a value.
 */
typedef void wx_gitconfig_each(const char *section, const char *subsection, const char *key, const char *value,
    void *user);

/*
 * Parse TEXT, LEN bytes and a NUL, by the syntax of git-config(1), and call EACH for every variable. Includes
 * are not followed. Returns false on a syntax error, a NUL, or a word that is too long.
 */
bool wx_gitconfig_read(const char *text, size_t len, wx_gitconfig_each *each, void *user);

#endif
