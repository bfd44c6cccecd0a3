/* SPDX-License-Identifier: MIT */
#include "ratelimit.h"

#define DEFAULT_WAIT 60 /* what GitHub asks for where an answer names no time */
#define LONG   (INT64_C(366) * 86400)

int64_t
ratelimit_wait(int status, const struct ratelimit *r, bool words, int64_t now)
{
	int64_t wait = DEFAULT_WAIT;

	if (status != 403 && status != 429)
		return -1;
	if (status == 403 && r->retry_after == -1 && r->remaining != 0 && !words)
		return -1;
	if (r->date != -1)
		now = r->date;
	if (r->retry_after != -1)
		wait = r->retry_after;
	else if (r->remaining == 0 && r->reset != -1)
		wait = r->reset - now;
	return wait < 1 ? 1 : wait > LONG ? LONG : wait;
}
