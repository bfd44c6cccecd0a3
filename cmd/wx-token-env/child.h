/* SPDX-License-Identifier: MIT */
#ifndef CHILD_H
#define CHILD_H

#include "token.h"

/*
 * Run ARGV[0], a path, and read its standard output to the end into BUF, which
 * takes WX_SECRET_MAX bytes and is ended with a NUL; *LEN is their number. It
 * has /dev/null for standard input, our standard error and environment, and no
 * other descriptor. Its status as of waitpid(2). Dies if it cannot be run or
 * prints more; T says what it is in messages.
 */
int child_capture(const struct want *w, const struct token *t, const char *const argv[],
    char *buf, size_t *len);

#endif
