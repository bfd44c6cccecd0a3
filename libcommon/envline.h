/* SPDX-License-Identifier: MIT */
#ifndef WX_ENVLINE_H
#define WX_ENVLINE_H

#include <stdbool.h>
#include <stddef.h>

#define WX_SECRET_MAX 65536 /* bytes of one secret, or of all lines together */

/*
 * Return whether the LEN bytes at S are a portable environment variable name: a letter or '_', then
 * letters, digits and '_' (POSIX.1-2017, XBD 8.1), 255 at the most.
 */
bool wx_env_name_ok(const char *s, size_t len);

/*
 * Return whether the LEN bytes at S are one printable line: not empty, valid UTF-8, without control
 * characters and NUL.
 */
bool wx_env_value_ok(const char *s, size_t len);

#endif
