/* SPDX-License-Identifier: MIT */
#ifndef RATELIMIT_H
#define RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define RATELIMIT_MAX 60 /* seconds that a process waits, all in all */

/* What an answer says of limits; -1 where it says nothing. */
struct ratelimit {
	int64_t retry_after; /* seconds */
	int64_t remaining;
	int64_t reset;       /* seconds since the epoch, by the server's clock */
	int64_t date;        /* the same: when it answered */
};

/*
 * Seconds to wait before the same request may be sent again, 1 at the least; -1
 * if an answer of this STATUS is not about a limit. WORDS: its message speaks of
 * one. NOW serves where the answer has no date.
 */
int64_t ratelimit_wait(int status, const struct ratelimit *r, bool words, int64_t now);

#endif
