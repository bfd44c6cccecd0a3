/* SPDX-License-Identifier: MIT */
#include "libcommon/clock.h"

#include <stdio.h>
#include <time.h>

#ifdef CLOCK_BOOTTIME
#define CLOCK_STEADY CLOCK_BOOTTIME
#else
#define CLOCK_STEADY CLOCK_MONOTONIC
#endif

static int64_t
ms_of(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
wx_clock_ms(void)
{
	return ms_of(CLOCK_MONOTONIC);
}

int64_t
wx_clock_boot_ms(void)
{
	return ms_of(CLOCK_STEADY);
}

double
wx_clock_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
wx_clock_text(char out[static WX_CLOCK_TEXT])
{
	struct timespec t;
	struct tm tm;
	char text[WX_CLOCK_TEXT - 8] = "";

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (gmtime_r(&t.tv_sec, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out, WX_CLOCK_TEXT, "%s.%03ldZ", text, t.tv_nsec / 1000000);
}
