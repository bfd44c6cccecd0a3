/* SPDX-License-Identifier: MIT */
#include "uses.h"

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"

#define LINE_MAX_LEN 4096 /* PIPE_BUF of Linux: a pipe takes it whole */

/* It counts while the machine sleeps, too, where there is one that does. */
#ifdef CLOCK_BOOTTIME
#define CLOCK_STEADY CLOCK_BOOTTIME
#else
#define CLOCK_STEADY CLOCK_MONOTONIC
#endif

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

int64_t
uses_clock(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_STEADY, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

FILE *
uses_begin(void)
{
	FILE *fp = fmemopen(line, sizeof(line), "w");
	struct timespec t;
	struct tm tm;
	char at[32] = "";

	if (fp == NULL)
		err(WX_FAIL, "cannot write to standard output");
	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (gmtime_r(&t.tv_sec, &tm) != NULL)
		(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)fprintf(fp, "{\"t\":\"%s.%03ldZ\"", at, t.tv_nsec / 1000000);
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
