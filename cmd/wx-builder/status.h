/* SPDX-License-Identifier: MIT */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

#include "builder.h"
#include "engine.h"

/* One line about a builder that is in STATE, as text or JSON. Ends the program if it cannot be written. */
void status_show(const struct builder *b, const struct look *l, const char *state, bool json);

#endif
