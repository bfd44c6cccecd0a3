/* SPDX-License-Identifier: MIT */
#include "expiry.h"

#include <time.h>

#define DAY     INT64_C(86400)
#define SOON    (7 * DAY)

enum expiry
expiry_of(int64_t at, int64_t now)
{
	if (at == -1)
		return EXPIRY_OK;
	return at <= now ? EXPIRY_PAST : at - now < SOON ? EXPIRY_SOON : EXPIRY_OK;
}

int64_t
expiry_days(int64_t at, int64_t now)
{
	int64_t left = at - now;

	return left >= 0 ? left / DAY : -((-left + DAY - 1) / DAY);
}

void
expiry_text(int64_t at, char text[static EXPIRY_TEXT])
{
	time_t t = (time_t)at;
	struct tm tm;

	text[0] = '\0';
	if (gmtime_r(&t, &tm) != NULL)
		(void)strftime(text, EXPIRY_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
