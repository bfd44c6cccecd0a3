/* SPDX-License-Identifier: MIT */
#ifndef WX_ENVLINE_H
#define WX_ENVLINE_H

#include <stdbool.h>
#include <stddef.h>

#define WX_SECRET_MAX 65536 /* bytes of one secret, or of all lines together */

/*
 * Is the string S of LEN bytes a portable environment variable name: a letter
 * or '_', then letters, digits, '_' (POSIX.1-2017, XBD 8.1), 255 at the most?
 */
bool wx_env_name_ok(const char *s, size_t len);

/*
 * Is the string of LEN bytes one line that can be printed: no control
 * character, no NUL, valid UTF-8 where it leaves ASCII, and not empty?
 */
bool wx_env_value_ok(const char *s, size_t len);

#endif
