/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"

#define LINE_MAX_LEN 4096 /* PIPE_BUF of Linux: a pipe takes it whole */

static char line[LINE_MAX_LEN];
static int64_t lost;

void
uses_text(FILE *fp, const char *key, const char *value)
{
	(void)fprintf(fp, ",\"%s\":", key);
	wx_json_string(fp, value);
}

void
uses_number(FILE *fp, const char *key, int64_t n)
{
	(void)fprintf(fp, ",\"%s\":%" PRId64, key, n);
}

FILE *
uses_begin(void)
{
	FILE *fp = fmemopen(line, sizeof(line), "w");
	char at[WX_CLOCK_TEXT];

	if (fp == NULL)
		err(WX_FAIL, "cannot write to standard output");
	wx_clock_text(at);
	(void)fprintf(fp, "{\"t\":\"%s\"", at);
	if (lost > 0)
		uses_number(fp, "lost", lost);
	return fp;
}

void
uses_end(FILE *fp)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	long len;

	(void)fputs("}\n", fp);
	(void)fflush(fp);
	len = ftell(fp);
	(void)fclose(fp);
	if (len <= 0 || len >= LINE_MAX_LEN || poll(&p, 1, 0) == 0) {
		lost++;
		return;
	}
	if (wx_write_all(STDOUT_FILENO, line, (size_t)len) == -1)
		err(WX_FAIL, "cannot write to standard output");
	lost = 0;
}
