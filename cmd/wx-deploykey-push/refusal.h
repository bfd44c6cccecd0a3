/* SPDX-License-Identifier: MIT */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "api.h"
#include "want.h"

/* Does the answer say that the key is known to the forge already, here or elsewhere? */
bool refusal_in_use(const struct api *a);

/* Say what the forge refused, and what to do. WHAT: the repository, NULL: the user's keys. */
void refusal_say(const struct api *a, enum verb verb, const char *repo);

/* The message about a scope that the token lacks. */
void refusal_say_scope(const struct api *a, enum verb verb, bool signing);

#endif
