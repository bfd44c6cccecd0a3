/* SPDX-License-Identifier: MIT */
/*
 * wx-log: append the lines of standard input, JSON objects, to a record in which each line has the hash of the one before
 * it; or look whether a record is still one chain. The place of the last line is said, for somebody to sign or keep.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "append.h"
#include "chain.h"
#include "json.h"

#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "libcommon/tool/args.h"
#include "libcommon/tool/exit.h"

struct want {
	uint64_t upto;     /* the number of a line; 0: all */
	bool     verify;
};

static uint64_t
line_number(const char *s)
{
	uint64_t n = 0;

	for (; *s >= '0' && *s <= '9' && n < UINT32_MAX; s++)
		n = 10 * n + (uint64_t)(*s - '0');
	if (*s != '\0' || n == 0)
		errx(WX_USAGE, "-n wants the number of a line, from 1");
	return n;
}

static void
set_number(void *at, const struct args_option *o, const char *arg)
{
	(void)o;
	*(uint64_t *)at = line_number(arg);
}

static const struct args_option options[] = {
	{ 'h', "help", NULL, ARGS_INFO },
	{ 'n', "number", "number", ARGS(set_number, struct want, upto) },
	{ 'V', "version", NULL, ARGS_INFO },
	{ 'v', "verify", NULL, ARGS(args_flag, struct want, verify) },
};
static const struct args args = { "wx-log", "file\n-v [-n number] file\n-h | -V", ARGS_COUNT(options), false, NULL };

static void
tell(const struct head *h)
{
	(void)printf("%" PRIu64 " %s\n", h->count, h->hash);
}

/* Each line as it comes, so that what was said before a crash is kept. */
static void
append(const char *path)
{
	static char line[CHAIN_DATA + 2];
	int fd = record_open(path, true);
	uint64_t n = 0;
	size_t len;
	struct head h;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		n++;
		len = strlen(line);
		if (len > 0 && line[len - 1] == '\n')
			len--;
		if (len > CHAIN_DATA || !json_object(line, len))
			errx(WX_FAIL, "line %" PRIu64 " of standard input is no JSON object of %d bytes at the most", n,
			    CHAIN_DATA);
		record_append(fd, path, line, len, &h);
	}
	if (ferror(stdin))
		err(WX_FAIL, "cannot read standard input");
	if (n > 0)
		tell(&h);
}

static void
verify(const char *path, uint64_t upto)
{
	int fd = record_open(path, false);
	FILE *fp = fdopen(fd, "r");
	const char *why;
	struct head h;

	if (fp == NULL)
		err(WX_FAIL, "cannot read '%s'", path);
	record_share(fd, path);
	why = chain_verify(fp, upto, &h);
	(void)fclose(fp);
	if (why != NULL)
		errx(WX_FAIL, "'%s': line %" PRIu64 " %s", path, h.count + 1, why);
	tell(&h);
}

int
main(int argc, char *argv[])
{
	struct want w = { 0, false };
	int at;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	at = args_parse(&args, argc, argv, &w);
	if (argc - at != 1 || (w.upto != 0 && !w.verify))
		args_misused(&args, NULL);
	if (w.verify)
		verify(argv[at], w.upto);
	else
		append(argv[at]);
	exit_flushed(WX_OK);
}
