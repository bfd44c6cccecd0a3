/* SPDX-License-Identifier: MIT */
#include "libcommon/json.h"

#include "libcommon/utf8.h"

static unsigned long
decode(const char *s, size_t n)
{
	unsigned long c;
	size_t i;

	if (n <= 1)
		return n == 1 ? (unsigned char)*s : 0xfffd;
	c = (unsigned char)*s & (0xffU >> (n + 1));
	for (i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3fU);
	return c;
}

void
wx_json_string(FILE *fp, const char *s)
{
	size_t left = strlen(s), n;
	unsigned long c;

	(void)fputc('"', fp);
	for (; left > 0; s += n, left -= n) {
		n = wx_utf8_len(s, left);
		c = decode(s, n);
		if (n == 0)
			n = 1;
		if (c == '"' || c == '\\')
			(void)fprintf(fp, "\\%c", (int)c);
		else if (c == '\n')
			(void)fputs("\\n", fp);
		else if (c == '\t')
			(void)fputs("\\t", fp);
		else if (c >= 0x20 && c < 0x7f)
			(void)fputc((int)c, fp);
		else if (c < 0x10000)
			(void)fprintf(fp, "\\u%04lx", c);
		else
			(void)fprintf(fp, "\\u%04lx\\u%04lx",
			    0xd800 + ((c - 0x10000) >> 10),
			    0xdc00 + ((c - 0x10000) & 0x3ff));
	}
	(void)fputc('"', fp);
}
