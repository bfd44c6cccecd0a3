/* SPDX-License-Identifier: MIT */
#ifndef SCOPE_H
#define SCOPE_H

#include <stdbool.h>

#include "forge.h"

/*
 * Does a token with the scopes HAVE satisfy one of those in ACCEPTED, by itself
 * or by a wider one (admin:x has write:x has read:x; repo has public_repo)? Both
 * are lists with commas, as X-OAuth-Scopes and X-Accepted-OAuth-Scopes bring them. An
 * empty ACCEPTED is satisfied by any.
 */
bool        scope_satisfies(const char *have, const char *accepted);

/* The scopes, one of which VERB wants, and the one to ask for. */
const char *scope_accepted(enum verb verb, bool signing);
const char *scope_to_ask(enum verb verb, bool signing);

#endif
