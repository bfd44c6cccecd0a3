/* SPDX-License-Identifier: MIT */
/* libcommon/clock.h */
#include "libcommon/clock.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

int
main(void)
{
	int64_t ms = wx_clock_ms(), boot = wx_clock_boot_ms();
	double seconds = wx_clock_seconds();
	char text[WX_CLOCK_TEXT];
	struct tm tm = { .tm_year = 0 };
	const char *end;

	(void)poll(NULL, 0, 30);
	ok(wx_clock_ms() - ms >= 29 && wx_clock_boot_ms() - boot >= 29 && wx_clock_seconds() - seconds >= 0.029, "the clocks go on");
	ok((double)ms / 1e3 <= seconds + 0.001 && seconds < (double)wx_clock_ms() / 1e3 + 0.001, "seconds and milliseconds are of one clock");
	wx_clock_text(text);
	end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	ok(end != NULL && strlen(end) == 5 && end[0] == '.' && strspn(end + 1, "0123456789") == 3 && end[4] == 'Z', "the time of day, with its milliseconds");
	ok(end != NULL && timegm(&tm) - time(NULL) >= -5 && timegm(&tm) <= time(NULL), "which is now");
	printf("1..%d\n", n);
	return bad;
}
