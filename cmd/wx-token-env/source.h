/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_H
#define SOURCE_H

#include "token.h"

/* The variable by which Claude Code takes its login; its files are searched for this name only. */
#define CLAUDE_NAME "CLAUDE_CODE_OAUTH_TOKEN"

/*
 * Fill T from where W says. A source that is there and no good ends the
 * process, as does finding nothing. A descriptor that was read is closed;
 * standard input is /dev/null afterwards.
 */
void source_read(const struct want *w, struct token *t);

#endif
