/* SPDX-License-Identifier: MIT */
#ifndef SAY_H
#define SAY_H

#include <stddef.h>

/*
 * Words on standard error that may hold what a server said. Control characters,
 * what turns the direction of text, and bytes that are no UTF-8 become '?', the
 * hidden secret becomes '***', and a message ends after some 1,500 bytes.
 */
void           say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void say_die(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Begin each message with the number of the batch's line; 0: with nothing. */
void           say_line(size_t n);

/* SECRET is shown in no message. It stays the caller's. */
void           say_hide(const char *secret);

#endif
