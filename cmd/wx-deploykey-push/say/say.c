/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <err.h>
#include <stdarg.h>
#include <stdbool.h>

#include "libcommon/utf8.h"

#define MESSAGE_MAX 20480 /* a rehearsal shows the longest key */
#define BEGINNING   16    /* bytes of a token; its kind is the first 4 to 11 */

static size_t line;
static const char *hidden;

void
say_line(size_t n)
{
	line = n;
}

void
say_hide(const char *secret)
{
	hidden = secret;
}

/*
 * The secret, or a beginning of it that tells something: an answer was cut to our
 * buffers, and maybe in the midst of it.
 */
static void
hide(char *s)
{
	size_t n = hidden != NULL ? strlen(hidden) : 0, least = n < BEGINNING ? n : BEGINNING, m;

	/* What is as short as this is no token, and may be part of a word. */
	if (n < 4)
		return;
	for (; *s != '\0'; s++) {
		for (m = 0; m < n && s[m] == hidden[m]; m++)
			;
		if (m < least)
			continue;
		memset(s, '*', 3);
		memmove(s + 3, s + m, strlen(s + m) + 1);
		s += 2;
	}
}

static void
emit(char text[static MESSAGE_MAX])
{
	hide(text);
	(void)wx_utf8_clean(text);
	if (line > 0)
		warnx("line %zu: %s", line, text);
	else
		warnx("%s", text);
}

/* NOLINT: clang-tidy 14 forgets va_start in all files but the first that it is given. */
void
say(const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* NOLINT(clang-analyzer-valist.Uninitialized) */
	va_end(ap);
	emit(text);
}

void
say_die(int code, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* NOLINT(clang-analyzer-valist.Uninitialized) */
	va_end(ap);
	emit(text);
	exit(code);
}
