/* SPDX-License-Identifier: MIT */
#include "prescan.h"

#include <stdbool.h>
#include <string.h>

#include "libcommon/tool/strv.h"
#include "libcommon/utf8.h"
#include "profile.h"
#include "request.h"

#define ANY_DEPTH 200   /* cJSON itself allows 1000 */

static const char *
prescan_text(const char *text, size_t len)
{
	size_t i, n;
	bool in_string = false;

	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(text + i, len - i);
		if (text[i] == '\0')
			return xprintf("byte %zu: a NUL", i + 1);
		if (n == 0)
			return xprintf("byte %zu: not UTF-8", i + 1);
		if (in_string && (unsigned char)text[i] < 0x20)
			return xprintf("byte %zu: a control character in a string", i + 1);
		if (in_string && text[i] == '\\') {
			if (len - i > 5 && strncmp(text + i, "\\u0000", 6) == 0)
				return xprintf("byte %zu: a NUL", i + 1);
			/* What is escaped is ASCII, or cJSON says that it is wrong. */
			n = i + 1 < len && (unsigned char)text[i + 1] >= 0x20 ? 2 : 1;
		} else if (text[i] == '"') {
			in_string = !in_string;
		}
	}
	return NULL;
}

/* Of TEXT, which has passed prescan_text. */
static const char *
prescan_depth(const char *text, size_t len, size_t max)
{
	size_t i, depth = 0;
	bool in_string = false;

	for (i = 0; i < len; i++) {
		if (in_string && text[i] == '\\') {
			i++;
		} else if (text[i] == '"') {
			in_string = !in_string;
		} else if (!in_string && (text[i] == '{' || text[i] == '[')) {
			if (++depth > max)
				return xprintf("byte %zu: nested deeper than %zu", i + 1, max);
		} else if (!in_string && (text[i] == '}' || text[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return NULL;
}

const char *
prescan(const char *text, size_t len)
{
	const char *bad = prescan_text(text, len);

	return bad != NULL ? bad : prescan_depth(text, len, PROFILE_DEPTH);
}

const char *
prescan_any(const char *text, size_t len)
{
	const char *bad = prescan_text(text, len);

	return bad != NULL ? bad : prescan_depth(text, len, ANY_DEPTH);
}
