/* SPDX-License-Identifier: MIT */
/* What a program's output leaves a terminal in, and what takes it back: at once, and byte by byte. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cmd/wx-run/tty/screen.c"   /* NOLINT(bugprone-suspicious-include) */

static int failed;

static void
expect(const char *out, const char *want)
{
	struct screen whole = { 0 }, bytes = { 0 };
	char got[SCREEN_RESET], again[SCREEN_RESET];
	size_t i, len, n;

	screen_feed(&whole, out, strlen(out));
	for (i = 0; i < strlen(out); i++)
		screen_feed(&bytes, out + i, 1);
	len = screen_reset(&whole, got);
	n = screen_reset(&bytes, again);
	if (len == strlen(want) && memcmp(got, want, len) == 0 && n == len && memcmp(got, again, n) == 0)
		return;
	failed = 1;
	(void)printf("of '%s': '%.*s', not '%s'\n", out, (int)len, got, want);
}

/* All that can be left at once is no longer than the buffer. */
static void
longest(void)
{
	struct screen s = { .state = STRING, .modes = UINT32_MAX, .marks = UINT32_MAX, .keyboards = 8 };
	char buf[SCREEN_RESET];

	if (screen_reset(&s, buf) >= sizeof(buf))
		errx(1, "the longest answer is too long");
}

/* What is of interest is seen wherever it stands in much plain text. */
static void
far_in(void)
{
	static const char *const marks[][2] = { { "\033[31m", "\033[m" }, { "\016", "\017" }, { "\302\23331m", "\033[m" } };
	char buf[300];
	size_t at, i;

	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		for (at = 0; at < 200; at++) {
			(void)snprintf(buf, sizeof(buf), "%.*s%s%.70s", (int)at,
			    "................................................................................"
			    "................................................................................"
			    "........................................", marks[i][0],
			    "......................................................................");
			expect(buf, marks[i][1]);
		}
}

int
main(void)
{
	expect("plain text\r\n", "");
	expect("\033[31mred\033[m \033[1;4mbold\033[0m", "");
	expect("\033[31mred", "\033[m");
	expect("\033[?25l\033[?25h\033[?1049h\033[?1049l", "");
	expect("\033[?25l", "\033[?25h");
	/* The colour from before the other screen comes back with the first. */
	expect("\033[8m\033[?1049h\033[m\033[8m", "\033[?1049l\033[m");
	expect("\033[?1000;1006h\033[?2004h", "\033[?1000l\033[?1006l\033[?2004l");
	expect("\033[?7l\033[?1049r", "\033[?7h\033[?1049l");
	expect("\033[2h\033[4h\033[20h", "\033[2l\033[4l\033[20l");
	expect("\033[1;2r\033[r", "");
	expect("\033[2;3r", "\0337\033[r\0338");
	expect("\033=\033(0\016", "\033>\033(B\017");
	expect("\033=\033(0\016\033>\033(B\017", "");
	expect("\033[>1u\033[>3u\033[<u", "\033[<1u");
	expect("\033[>4;2m\033[4 q", "\033[0 q\033[>4m");
	/* Without an end. */
	expect("\033", "\030");
	expect("\033[3", "\030");
	expect("\033]0;title", "\033\\");
	expect("\033P1$r\033[31m", "\033[m");
	expect("\033]0;title\033\\", "");
	expect("\033_x\302\234\033[31m", "\033\\\033[m");
	/* A colour is asked for, and set. */
	expect("\033]11;?\033\\\033]4;1;?\033\\", "");
	expect("\033]11;#000000\033\\", undo[PALETTE]);
	expect("\033]4;1;#000000\033\\", undo[PALETTE]);
	/* C1 as UTF-8. */
	expect("\302\23331m", "\033[m");
	expect("\302\265", "");
	expect("\033[31m\033c", "");
	far_in();
	longest();
	return failed;
}
