/* SPDX-License-Identifier: MIT */
#ifndef CLAUDE_H
#define CLAUDE_H

#include <stddef.h>
#include <stdint.h>

#include "libcommon/envline.h"

#define CLAUDE_FILE_MAX (2 * WX_SECRET_MAX + 128)   /* bytes that claude_file writes */

enum claude { CLAUDE_TOKEN, CLAUDE_NO_LOGIN, CLAUDE_BAD };

/*
 * Find the login in the text of Claude Code's .credentials.json: TEXT of LEN
 * bytes, then a NUL. CLAUDE_TOKEN: claudeAiOauth.accessToken is in VALUE (CAP
 * bytes, NUL-terminated; no line or UTF-8 is promised) and *EXPIRES is its
 * expiresAt in seconds since the epoch, -1 if it has none. CLAUDE_NO_LOGIN: a
 * sound file of somebody logged out. CLAUDE_BAD: *WHY says why, without a byte
 * of the text. The parser's own copies are wiped.
 */
enum claude claude_parse(const char *text, size_t len, char *value, size_t cap,
    int64_t *expires, const char **why);

/*
 * The other way: a text for .credentials.json, on one line, from VALUE, which is a line
 * of printable UTF-8, into OUT, which takes CLAUDE_FILE_MAX bytes with the NUL. It
 * ends at EXPIRES, in seconds since the epoch; where that is -1, a year after NOW, which
 * is as long as a token of "claude setup-token" lasts. There is no refresh token: who
 * has it can use the token, but not get another. The text's length.
 */
size_t claude_file(char *out, const char *value, int64_t expires, int64_t now);

#endif
