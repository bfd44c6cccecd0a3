/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <err.h>
#include <limits.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/ipclass.h"
#include "libcommon/json.h"
#include "policy/policy.h"

#define REPEATS   64
#define REPEAT_MS 1000

/* A refusal that was written, and how often it was met since. */
struct repeat {
	struct link_event event;
	int64_t           until; /* 0: free */
	unsigned          count;
};

static struct repeat repeats[REPEATS];
static bool quiet;
static char line[2 * PIPE_BUF];

void
log_begin(bool only_refusals)
{
	quiet = only_refusals;
}

const char *
log_line(void)
{
	return line[0] != '\0' ? line : NULL;
}

static void
string(FILE *fp, const char *key, const char *value)
{
	(void)fprintf(fp, ",\"%s\":", key);
	wx_json_string(fp, value);
}

static void
write_decision(FILE *fp, const struct link_event *e, unsigned count)
{
	bool allow = e->reason == REASON_ALLOWED;

	(void)fprintf(fp, ",\"id\":%u,\"verdict\":\"%s\"", e->id, allow ? "allow" : "deny");
	string(fp, "host", e->host);
	(void)fprintf(fp, ",\"port\":%u", e->port);
	string(fp, "via", via_name((enum via)e->via));
	if (e->method[0] != '\0') {
		string(fp, "method", e->method);
		string(fp, "path", e->path);
	}
	if (!allow)
		string(fp, "reason", reason_name((enum reason)e->reason));
	if (e->reason == REASON_ADDRESS)
		string(fp, "class", wx_ipclass_name((enum wx_ipclass)e->class));
	if (e->reason == REASON_SNI)
		string(fp, "seen", e->seen);
	if (e->rule[0] != '\0')
		string(fp, "rule", e->rule);
	if (e->via_parent)
		(void)fputs(",\"via_parent\":true", fp);
	if (allow && e->address[0] != '\0')
		string(fp, "address", e->address);
	if (allow)
		(void)fprintf(fp, ",\"ms\":%u", e->ms);
	else
		(void)fprintf(fp, ",\"count\":%u", count);
}

static FILE *
begin_line(void)
{
	FILE *fp = fmemopen(line, sizeof(line) - 1, "w");
	char at[WX_CLOCK_TEXT];

	if (fp == NULL)
		err(WX_TEMP, "cannot allocate memory");
	wx_clock_text(at);
	(void)fprintf(fp, "{\"t\":\"%s\"", at);
	return fp;
}

static void
end_line(FILE *fp)
{
	size_t len;

	(void)fputs("}\n", fp);
	len = (size_t)ftell(fp);
	if (fclose(fp) != 0 || len > PIPE_BUF)
		errx(WX_FAIL, "cannot write a decision: it is too long");
	line[len] = '\0';
	if (wx_write_all(STDOUT_FILENO, line, len) == -1)
		err(WX_FAIL, "cannot write decisions to standard output");
}

void
log_grant(const char *what, const char *entry, long seconds)
{
	FILE *fp = begin_line();

	string(fp, what, entry);
	(void)fputs(",\"by\":\"wx-allow\"", fp);
	if (seconds > 0)
		(void)fprintf(fp, ",\"seconds\":%ld", seconds);
	end_line(fp);
}

static void
write_line(const struct link_event *e, unsigned count)
{
	FILE *fp = begin_line();

	if (e->kind == EVENT_END)
		(void)fprintf(fp, ",\"id\":%u,\"end\":true,\"up\":%llu,\"down\":%llu,\"ms\":%u", e->id,
		    (unsigned long long)e->up, (unsigned long long)e->down, e->ms);
	else
		write_decision(fp, e, count);
	end_line(fp);
}

static bool
same(const struct link_event *a, const struct link_event *b)
{
	return a->reason == b->reason && a->port == b->port && a->via == b->via && strcmp(a->host, b->host) == 0 &&
	    strcmp(a->method, b->method) == 0 && strcmp(a->path, b->path) == 0 && strcmp(a->seen, b->seen) == 0;
}

/* Write the refusals of the repeat that were not written yet, and free it. */
static void
settle(struct repeat *r)
{
	if (r->count > 0)
		write_line(&r->event, r->count);
	*r = (struct repeat){ .until = 0 };
}

int
log_due(bool all)
{
	int64_t now = wx_clock_ms(), next = -1;
	size_t i;

	for (i = 0; i < REPEATS; i++) {
		if (repeats[i].until == 0)
			continue;
		if (all || repeats[i].until <= now)
			settle(&repeats[i]);
		else if (repeats[i].count > 0 && (next == -1 || repeats[i].until - now < next))
			next = repeats[i].until - now;
	}
	return (int)next;
}

/* The place of E among the repeats: its own, a free one, or that of the oldest, which is settled. */
static struct repeat *
place_of(const struct link_event *e)
{
	struct repeat *free_one = NULL, *oldest = repeats;
	size_t i;

	for (i = 0; i < REPEATS; i++) {
		if (repeats[i].until == 0)
			free_one = &repeats[i];
		else if (same(&repeats[i].event, e))
			return &repeats[i];
		else if (repeats[i].until < oldest->until)
			oldest = &repeats[i];
	}
	if (free_one == NULL) {
		settle(oldest);
		free_one = oldest;
	}
	return free_one;
}

void
log_event(const struct link_event *e)
{
	struct repeat *r;

	line[0] = '\0';
	(void)log_due(false);
	if (e->kind == EVENT_END || e->reason == REASON_ALLOWED) {
		if (!quiet)
			write_line(e, 0);
		return;
	}
	r = place_of(e);
	if (r->until != 0) {
		r->count++;
		return;
	}
	*r = (struct repeat){ .event = *e, .until = wx_clock_ms() + REPEAT_MS };
	write_line(e, 1);
}
