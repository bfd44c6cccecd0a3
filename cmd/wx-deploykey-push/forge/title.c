/* SPDX-License-Identifier: MIT */
#include "forge.h"

#include "libcommon/envline.h"
#include "libcommon/utf8.h"

const char *
forge_title_fault(const char *s)
{
	size_t len = strlen(s), i, n;

	if (len == 0)
		return "it is empty";
	if (len > TITLE_LEN)
		return "it is longer than 255 bytes";
	if (!wx_env_value_ok(s, len))
		return "it is not one line of printable UTF-8";
	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (wx_utf8_acts(s + i, n))
			return "it is not one line of printable UTF-8";
	}
	return NULL;
}
