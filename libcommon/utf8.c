/* SPDX-License-Identifier: MIT */
#include "libcommon/utf8.h"

size_t
wx_utf8_len(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned long c;
	size_t i, n;

	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || len < n)
		return 0;
	c = p[0] & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) ||
	    (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
		return 0;
	return n;
}

bool
wx_utf8_acts(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	if (n == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	if (n == 2)
		return (p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xd8 && p[1] == 0x9c);
	/* U+200B-200F, U+2028-202E, U+2060-206F, U+FEFF */
	return n == 3 && ((p[0] == 0xe2 && p[1] == 0x80 && ((p[2] >= 0x8b && p[2] <= 0x8f) || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
	    (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf) ||
	    (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf));
}

char *
wx_utf8_clean(char *text)
{
	size_t left = strlen(text), n;
	char *s = text, *to = text;

	for (; left > 0; s += n, left -= n) {
		n = wx_utf8_len(s, left);
		if (n == 0 || wx_utf8_acts(s, n)) {
			*to++ = '?';
			n = n == 0 ? 1 : n;
		} else {
			memmove(to, s, n);
			to += n;
		}
	}
	*to = '\0';
	return text;
}
