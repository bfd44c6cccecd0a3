/* SPDX-License-Identifier: MIT */
#ifndef WX_SHELLWORD_H
#define WX_SHELLWORD_H

#include <stddef.h>

/* Quote S as one word of a POSIX shell into OUT, truncated to CAP >= 8 bytes with the quote closed. Returns OUT. */
const char *wx_shell_word(const char *s, char *out, size_t cap);

#endif
