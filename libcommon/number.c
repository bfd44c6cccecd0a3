/* SPDX-License-Identifier: MIT */
#include "libcommon/number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

long
wx_number(const char *s, long least, long most)
{
	size_t len = strlen(s);
	long n;

	if (len == 0 || len > 7 || strspn(s, "0123456789") != len)
		return -1;
	n = strtol(s, NULL, 10);
	return n < least || n > most ? -1 : n;
}

int
wx_size(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	unsigned long long n;
	const char *u;
	unsigned shift = 0;
	char *end;

	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno != 0 || n == 0)
		return -1;
	if (*end != '\0') {
		u = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (u == NULL || *u == '\0')
			return -1;
		shift = 10 * (unsigned)(u - units + 1);
		end++;
		if (*end == 'i')
			end++;
		if (*end == 'B' || *end == 'b')
			end++;
	}
	if (*end != '\0' || n > (UINT64_MAX >> 1) >> shift)
		return -1;
	*bytes = (uint64_t)n << shift;
	return 0;
}
