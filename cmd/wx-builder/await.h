/* SPDX-License-Identifier: MIT */
#ifndef AWAIT_H
#define AWAIT_H

#include "builder.h"
#include "engine.h"

/*
 * Wait until the store of the builder whose container L is answers: until SECS seconds after SINCE (wx_clock_ms).
 * OURS: we started it, and what is of no use is to be taken away. Ends the program with a line where it cannot come to that.
 */
void await_ready(const struct builder *b, struct look *l, long long since, long secs, bool ours);

/* It has ended before: say its last words, and end the program. */
_Noreturn void await_ended(const struct builder *b, bool ours);

/* Take away what we started: it would be in the way of the next start. */
void await_undo(const struct builder *b, bool ours);

#endif
