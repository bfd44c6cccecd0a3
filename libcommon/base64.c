/* SPDX-License-Identifier: MIT */
#include "libcommon/base64.h"

#include <errno.h>
#include <stdint.h>

/* All ones if LOW <= C <= HIGH, all below 2^31, else 0; without a branch. */
static uint32_t
within(uint32_t c, uint32_t low, uint32_t high)
{
	return 0U - (((low - 1 - c) & (c - high - 1)) >> 31);
}

/* The 6 bits of the character C; 64 if it is none. */
static uint32_t
value(uint32_t c)
{
	uint32_t v;

	v = within(c, 'A', 'Z') & (c - 'A');
	v |= within(c, 'a', 'z') & (c - 'a' + 26);
	v |= within(c, '0', '9') & (c - '0' + 52);
	v |= within(c, '+', '+') & 62;
	v |= within(c, '/', '/') & 63;
	return v | (within(v, 0, 0) & ~within(c, 'A', 'A') & 64);
}

static char
digit(uint32_t v)
{
	uint32_t c;

	c = within(v, 0, 25) & (v + 'A');
	c |= within(v, 26, 51) & (v - 26 + 'a');
	c |= within(v, 52, 61) & (v - 52 + '0');
	c |= within(v, 62, 62) & '+';
	c |= within(v, 63, 63) & '/';
	return (char)c;
}

ssize_t
wx_base64_decode(const char *s, size_t len, unsigned char *out, size_t cap)
{
	uint32_t v, group, bad = 0;
	size_t i, j, at, pad = 0, want;

	if (len > 0 && len % 4 == 0 && s[len - 1] == '=')
		pad = s[len - 2] == '=' ? 2 : 1;
	want = len / 4 * 3 - pad;
	if (len % 4 == 0 && want > cap) {
		errno = EMSGSIZE;
		return -1;
	}
	for (i = 0; len % 4 == 0 && i < len; i += 4) {
		for (group = 0, j = 0; j < 4; j++) {
			v = i + j < len - pad ? value((unsigned char)s[i + j]) : 0;
			bad |= v & 64;
			group = group << 6 | (v & 63);
		}
		for (j = 0; j < 3; j++) {
			at = i / 4 * 3 + j;
			v = group >> (16 - 8 * j) & 0xff;
			if (at < want)
				out[at] = (unsigned char)v;
			else
				bad |= v;
		}
	}
	if (len % 4 == 0 && bad == 0)
		return (ssize_t)want;
	errno = EINVAL;
	return -1;
}

size_t
wx_base64_encode(const unsigned char *s, size_t len, char *out)
{
	uint32_t group;
	size_t i, j, n = 0, have;

	for (i = 0; i < len; i += 3) {
		have = len - i < 3 ? len - i : 3;
		for (group = 0, j = 0; j < 3; j++)
			group = group << 8 | (j < have ? s[i + j] : 0U);
		for (j = 0; j < 4; j++)
			out[n++] = j <= have ? digit(group >> (18 - 6 * j) & 63) : '=';
	}
	out[n] = '\0';
	return n;
}
