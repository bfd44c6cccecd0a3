/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "libcommon/base64.h"
#include "libcommon/clock.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "libcommon/sha256.h"

#define REPEAT_MS 1000

static const char *const words[REASONS] = {
	[REASON_KIND] = "kind", [REASON_FORM] = "form", [REASON_FORWARDED] = "forwarded", [REASON_KEY] = "key",
	[REASON_CONTENT] = "content", [REASON_NAMESPACE] = "namespace", [REASON_USE] = "use",
	[REASON_UNBOUND] = "unbound", [REASON_HOST_KEY] = "host-key", [REASON_HOST_SIG] = "host-signature",
	[REASON_SESSION] = "session", [REASON_USER] = "user", [REASON_HOST] = "host", [REASON_LIMIT] = "limit",
	[REASON_DENIED] = "denied",
};
static const char *const uses[] = {
	[USE_OTHER] = "other", [USE_LIST] = "list", [USE_FILTERED] = "other", [USE_BIND] = "bind", [USE_LOGIN] = "login",
	[USE_GIT] = "git",
};

/* The first refusal for a reason that was written, and how many there were since. */
static struct repeat {
	struct verdict first;
	int64_t        until; /* 0: free */
	unsigned       count;
} repeats[REASONS];

static const struct policy *policy;
static int out = -1;

void
log_begin(int fd, const struct policy *p)
{
	out = fd;
	policy = p;
}

static void
write_key(FILE *fp, const struct policy_key *k)
{
	unsigned char hash[WX_SHA256_LEN];
	char text[WX_BASE64_LEN(WX_SHA256_LEN) + 1];

	wx_sha256(policy_blob(policy, &k->blob), k->blob.len, hash);
	text[wx_base64_encode(hash, sizeof(hash), text)] = '\0';
	(void)fprintf(fp, ",\"key\":\"SHA256:%.43s\",\"name\":", text);
	wx_json_string(fp, k->name);
}

static void
write_dest(FILE *fp, const struct policy_dest *d)
{
	(void)fputs(",\"user\":", fp);
	wx_json_string(fp, d->user);
	(void)fputs(",\"host\":", fp);
	wx_json_string(fp, d->host);
}

static bool
write_line(const struct verdict *v, unsigned count)
{
	char line[PIPE_BUF], at[WX_CLOCK_TEXT];
	FILE *fp;
	long len;

	if (out == -1)
		return true;
	fp = fmemopen(line, sizeof(line), "w");
	if (fp == NULL)
		return false;
	wx_clock_text(at);
	(void)fprintf(fp, "{\"t\":\"%s\",\"verdict\":\"%s\",\"use\":\"%s\"", at,
	    v->reason == REASON_ALLOWED ? "allow" : "deny", uses[v->use]);
	if (v->reason != REASON_ALLOWED)
		(void)fprintf(fp, ",\"reason\":\"%s\",\"count\":%u", words[v->reason], count);
	if (v->key != -1)
		write_key(fp, &policy->keys[v->key]);
	if (v->dest != -1)
		write_dest(fp, &policy->dests[v->dest]);
	(void)fputs("}\n", fp);
	len = ftell(fp);
	if (fclose(fp) != 0 || len <= 0 || line[len - 1] != '\n')
		return false;
	return wx_write_all(out, line, (size_t)len) == 0;
}

bool
log_allowed(const struct verdict *v)
{
	return write_line(v, 1);
}

static void
settle(struct repeat *r)
{
	if (r->count > 0)
		(void)write_line(&r->first, r->count);
	*r = (struct repeat){ .until = 0 };
}

int
log_due(bool all)
{
	int64_t now = wx_clock_ms(), next = -1;
	size_t i;

	for (i = 0; i < REASONS; i++) {
		if (repeats[i].until == 0)
			continue;
		if (all || repeats[i].until <= now)
			settle(&repeats[i]);
		else if (repeats[i].count > 0 && (next == -1 || repeats[i].until - now < next))
			next = repeats[i].until - now;
	}
	return (int)next;
}

void
log_refused(const struct verdict *v)
{
	struct repeat *r = &repeats[v->reason];

	(void)log_due(false);
	if (r->until != 0) {
		r->count++;
		return;
	}
	*r = (struct repeat){ .first = *v, .until = wx_clock_ms() + REPEAT_MS };
	(void)write_line(v, 1);
}
