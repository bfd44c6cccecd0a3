/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"

void
format_into(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;
	size_t len;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		err(exit_code(WX_TEMP), "cannot allocate memory");
	va_end(ap);
	len = strlen(s);
	if (len >= cap)
		errx(exit_code(WX_FAIL), "refusing a path or text of more than %zu bytes", cap - 1);
	memcpy(out, s, len + 1);
	free(s);
}
