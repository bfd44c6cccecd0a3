/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/fileio.h"
#include "libcommon/json.h"

static void
number_or_null(FILE *fp, const char *name, uint64_t n)
{
	if (n > 0)
		(void)fprintf(fp, ", \"%s\": %" PRIu64, name, n);
	else
		(void)fprintf(fp, ", \"%s\": null", name);
}

static void
write_to(FILE *fp, const struct plan *p, const struct outcome *o, int status, const struct report *found,
    unsigned long commits)
{
	const struct end *e = &o->end;

	(void)fprintf(fp, "{\"run\": \"%s\", \"project\": ", p->run);
	wx_json_string(fp, p->project);
	(void)fprintf(fp, ", \"started\": %s, \"status\": %d", o->started ? "true" : "false", status);
	number_or_null(fp, "signal", (uint64_t)e->signal);
	(void)fputs(", \"limit\": ", fp);
	if (e->limit != NULL)
		wx_json_string(fp, e->limit);
	else
		(void)fputs("null", fp);
	(void)fprintf(fp, ", \"seconds\": %.3f", e->seconds);
	number_or_null(fp, "peak_memory", e->peak);
	(void)fprintf(fp, ", \"peak_of\": \"%s\", \"killed_for_memory\": %lu, \"commits\": %lu, \"findings\": ",
	    e->whole ? "sandbox" : "process", e->kills, commits);
	report_counts(found, fp);
	(void)fputs("}\n", fp);
}

bool
endjson_write(int fd, const struct plan *p, const struct outcome *o, int status, const struct report *found,
    unsigned long commits)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len);
	bool ok;

	if (fp == NULL)
		return false;
	write_to(fp, p, o, status, found, commits);
	ok = fclose(fp) == 0;
	(void)signal(SIGPIPE, SIG_IGN);
	ok = ok && (wx_write_all(fd, text, len) == 0 || errno == EPIPE);
	free(text);
	return ok;
}
