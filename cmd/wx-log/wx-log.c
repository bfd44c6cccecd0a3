/* SPDX-License-Identifier: MIT */
/*
 * wx-log: append the lines of standard input, JSON objects, to a record in which each line has the hash of the one before
 * it; or look whether a record is still one chain. The place of the last line is said, for somebody to sign or keep.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "append.h"
#include "chain.h"
#include "json.h"

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/version.h"

static const char usage_text[] =
    "usage: wx-log file\n"
    "       wx-log -v [-n number] file\n"
    "       wx-log -h | -V\n";

static const struct option options[] = {
	{ "help",    no_argument,       NULL, 'h' },
	{ "number",  required_argument, NULL, 'n' },
	{ "verify",  no_argument,       NULL, 'v' },
	{ "version", no_argument,       NULL, 'V' },
	{ NULL,      0,                 NULL, 0 },
};

static _Noreturn void
usage_error(void)
{
	(void)fputs(usage_text, stderr);
	exit(WX_USAGE);
}

static _Noreturn void
finish(const char *text)
{
	(void)fputs(text, stdout);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	exit(WX_OK);
}

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
	bool look = false;
	uint64_t upto = 0;
	int ch;

	if (wx_proc_harden() == -1)
		err(WX_FAIL, "cannot harden process");
	while ((ch = getopt_long(argc, argv, "+hn:vV", options, NULL)) != -1) {
		switch (ch) {
		case 'h':
			finish(usage_text);
		case 'n':
			upto = line_number(optarg);
			break;
		case 'v':
			look = true;
			break;
		case 'V':
			finish("wx-log " WX_VERSION "\n");
		default:
			usage_error();
		}
	}
	if (argc - optind != 1 || (upto != 0 && !look))
		usage_error();
	if (look)
		verify(argv[optind], upto);
	else
		append(argv[optind]);
	finish("");
}
