/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/text.h"

#include <err.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"

FILE *
text_open(char **text, size_t *len)
{
	FILE *fp;

	*text = NULL;
	*len = 0;
	fp = open_memstream(text, len);
	if (fp == NULL)
		err(exit_code(WX_FAIL), "cannot allocate memory");
	return fp;
}

void
text_close(FILE *fp)
{
	if (fclose(fp) == EOF)
		err(exit_code(WX_FAIL), "cannot allocate memory");
}
