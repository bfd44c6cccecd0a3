/* SPDX-License-Identifier: MIT */
#ifndef KEYCHAIN_H
#define KEYCHAIN_H

#include <sys/types.h>

#include "token.h"

/*
 * Where Claude Code keeps its login on macOS: the item of the user's Keychain,
 * the same JSON as in its file, into BUF, which takes WX_SECRET_MAX bytes and is
 * ended with a NUL. The number of bytes; -1 if there is no such item, or no
 * Keychain. Dies on any other answer.
 */
ssize_t keychain_read(const struct want *w, struct token *t, char *buf);

#endif
