/* SPDX-License-Identifier: MIT */
#ifndef WX_SHELLWORD_H
#define WX_SHELLWORD_H

#include <stddef.h>

/* Write S to OUT as one word of a POSIX shell, cut off to CAP bytes, quotes closed. CAP is 8 at least. */
const char *wx_shell_word(const char *s, char *out, size_t cap);

#endif
