/* SPDX-License-Identifier: MIT */
#include "libcommon/shellword.h"

#include <string.h>

const char *
wx_shell_word(const char *s, char *out, size_t cap)
{
	size_t n = 0;

	out[n++] = '\'';
	for (; *s != '\0' && n + 6 <= cap; s++) {
		out[n++] = *s;
		if (*s == '\'') {
			memcpy(out + n, "\\''", 3);
			n += 3;
		}
	}
	out[n++] = '\'';
	out[n] = '\0';
	return out;
}
