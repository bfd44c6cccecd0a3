/* SPDX-License-Identifier: MIT */
#include "say.h"

#include <err.h>
#include <stdarg.h>
#include <stdbool.h>

#include "libcommon/utf8.h"

#define MESSAGE_MAX 1536

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

/* Does the character of N bytes at S do more on a terminal than to show itself? */
static bool
acts(const unsigned char *s, size_t n)
{
	if (n == 1)
		return s[0] < 0x20 || s[0] == 0x7f;
	if (n == 2)
		return (s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xd8 && s[1] == 0x9c);
	/* U+200B-200F, U+2028-202E, U+2060-206F, U+FEFF */
	return (s[0] == 0xe2 && s[1] == 0x80 && ((s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae))) ||
	    (s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa0 && s[2] <= 0xaf) ||
	    (s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf);
}

static void
clean(char *s)
{
	size_t left = strlen(s), n;
	char *to = s;

	for (; left > 0; s += n, left -= n) {
		n = wx_utf8_len(s, left);
		if (n == 0 || acts((const unsigned char *)s, n)) {
			*to++ = '?';
			n = n == 0 ? 1 : n;
		} else {
			memmove(to, s, n);
			to += n;
		}
	}
	*to = '\0';
}

static void
hide(char *s)
{
	size_t n = hidden != NULL ? strlen(hidden) : 0;

	/* What is as short as this is no token, and may be part of a word. */
	if (n < 4)
		return;
	while ((s = strstr(s, hidden)) != NULL) {
		memset(s, '*', 3);
		memmove(s + 3, s + n, strlen(s + n) + 1);
		s += 3;
	}
}

static void
emit(char text[static MESSAGE_MAX])
{
	hide(text);
	clean(text);
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
