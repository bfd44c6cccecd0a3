/* SPDX-License-Identifier: MIT */
#include "libcommon/envline.h"

#include "libcommon/utf8.h"

static bool
name_char(char c, bool first)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
	    (!first && c >= '0' && c <= '9');
}

bool
wx_env_name_ok(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!name_char(s[i], i == 0))
			return false;
	return len > 0 && len <= 255;
}

bool
wx_env_value_ok(const char *s, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (n == 0 || (unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	}
	return len > 0;
}
