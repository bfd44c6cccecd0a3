/* SPDX-License-Identifier: MIT */
#ifndef TOKEN_H
#define TOKEN_H

#include <limits.h>
#include <stddef.h>

#include "forge/forge.h"

#define TOKEN_LEN 4096

struct token {
	size_t len;
	char where[PATH_MAX + 32];  /* it came from, for messages */
	char value[TOKEN_LEN + 1];  /* a secret: never in a message, wiped by its owner */
};

/*
 * The token for the host H: from the descriptor FD, or, if that is -1, the first of
 * the variables of its forge, the file of the forge's own tool, and what "gh auth token" prints. One that
 * is there and is no good ends the process, as does finding none. FD is closed.
 */
void        token_find(const struct host *h, int fd, struct token *t);

#endif
