/* SPDX-License-Identifier: MIT */
#ifndef CLAUDE_H
#define CLAUDE_H

#include <stddef.h>
#include <stdint.h>

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

#endif
