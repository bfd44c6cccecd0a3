/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "state/state.h"

#define FILE_BYTES (4 << 20)   /* of a run in the log, and of a log that is full */
#define SAID 10                /* hosts, at the end */

void
decisions_open(struct decisions *d, const struct plan *p, const char *name, int in)
{
	char *old;
	struct stat st;
	int mutex = state_lock(p);

	*d = (struct decisions){ .in = in, .line = malloc(DECISIONS_LINE) };
	if (d->line == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	d->path = strchr(name, '/') != NULL ? xstrdup(name) : xprintf("%s/%s", p->run_dir, name);
	old = xprintf("%s.old", d->path);
	if (lstat(d->path, &st) == 0 && st.st_size >= FILE_BYTES)
		(void)rename(d->path, old);
	d->file = open(d->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (d->file == -1)
		warn("cannot open '%s': it is not kept", d->path);
	(void)close(mutex);
	free(old);
}

/*
 * The value of KEY in a line, with its LEN; a string without its quotes. A quote in a string of JSON has a
 * backslash before it, so that what looks like a key is one. NULL: there is none, or it is no plain word.
 */
static const char *
value(const char *line, const char *key, size_t *len)
{
	char name[32];
	const char *at;

	(void)snprintf(name, sizeof(name), "\"%s\":", key);
	at = strstr(line, name);
	if (at == NULL)
		return NULL;
	at += strlen(name);
	*len = *at == '"' ? strcspn(++at, "\"\\") : strcspn(at, ",}");
	return at[*len] == '\\' || at[*len] == '\0' ? NULL : at;
}

/* The same as a word of SIZE bytes at the most; false where it is none. */
static bool
word(const char *line, const char *key, char *out, size_t size)
{
	size_t len = 0;
	const char *at = value(line, key, &len);

	if (at == NULL || len == 0 || len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static unsigned long long
number(const char *line, const char *key, unsigned long long otherwise)
{
	char text[24];

	return word(line, key, text, sizeof(text)) ? strtoull(text, NULL, 10) : otherwise;
}

static void
count(struct decisions *d, const struct refusal *r)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->v[i].port == r->port && strcmp(d->v[i].host, r->host) == 0 &&
		    strcmp(d->v[i].reason, r->reason) == 0) {
			d->v[i].times += r->times;
			return;
		}
	if (d->n == DECISIONS_HOSTS) {
		d->others += r->times;
		return;
	}
	if (d->n == d->cap)
		d->v = xgrow(d->v, &d->cap, sizeof(*d->v));
	d->v[d->n++] = *r;
}

static void
take_line(struct decisions *d, char *line, size_t len)
{
	struct refusal r = { 0 };
	char verdict[16], reason[24], kind[24];
	bool class;

	/* Without a line's end twice as much may not be written. */
	line[len] = '\n';
	if (d->file != -1 && d->written + len + 1 <= FILE_BYTES && wx_write_all(d->file, line, len + 1) == 0)
		d->written += len + 1;
	line[len] = '\0';
	if (!word(line, "verdict", verdict, sizeof(verdict)) || strcmp(verdict, "deny") != 0 ||
	    !word(line, "host", r.host, sizeof(r.host)))
		return;
	if (!word(line, "reason", reason, sizeof(reason)))
		(void)snprintf(reason, sizeof(reason), "refused");
	class = word(line, "class", kind, sizeof(kind));
	(void)snprintf(r.reason, sizeof(r.reason), "%s%s%s", reason, class ? ": " : "", class ? kind : "");
	r.port = (unsigned)number(line, "port", 0);
	r.times = number(line, "count", 1);
	count(d, &r);
}

bool
decisions_read(struct decisions *d)
{
	char *end;
	size_t rest;
	ssize_t n = read(d->in, d->line + d->len, DECISIONS_LINE - d->len);

	if (n == 0 || (n == -1 && errno != EINTR && errno != EAGAIN)) {
		(void)close(d->in);
		d->in = -1;
	}
	if (n <= 0)
		return false;
	d->len += (size_t)n;
	while ((end = memchr(d->line, '\n', d->len)) != NULL) {
		if (!d->skip)
			take_line(d, d->line, (size_t)(end - d->line));
		d->skip = false;
		rest = d->len - (size_t)(end + 1 - d->line);
		memmove(d->line, end + 1, rest);
		d->len = rest;
	}
	if (d->len == DECISIONS_LINE) {
		d->skip = true;
		d->len = 0;
	}
	return true;
}

void
decisions_end(struct decisions *d)
{
	/* Whoever writes there is gone. */
	while (d->in != -1 && decisions_read(d))
		;
	if (d->in != -1)
		(void)close(d->in);
	if (d->file != -1)
		(void)close(d->file);
	d->in = d->file = -1;
}

static int
by_times(const void *a, const void *b)
{
	const struct refusal *x = a, *y = b;

	return x->times != y->times ? (x->times < y->times) - (x->times > y->times) : strcmp(x->host, y->host);
}

/* The entry that would allow it, or NULL where none would, or it was denied on purpose. */
static char *
entry_for(const struct refusal *r)
{
	bool near = strcmp(r->reason, "address: private") == 0 || strcmp(r->reason, "address: benchmark") == 0;
	const char *more = near ? " private" : "";

	if (r->port == 0 || (!near && strcmp(r->reason, "not-listed") != 0 && strcmp(r->reason, "port") != 0))
		return NULL;
	return r->port == 443 ? xprintf("%s%s", r->host, more) : xprintf("%s:%u%s", r->host, r->port, more);
}

static void
say_one(const struct refusal *r)
{
	char *host = escaped(r->host), *reason = escaped(r->reason), *entry = entry_for(r), *text = NULL;

	if (entry != NULL)
		text = escaped(entry);
	(void)fprintf(stderr, "wx-run: network: refused %s:%u %llu time%s (%s)", host, r->port, r->times,
	    r->times == 1 ? "" : "s", reason);
	if (text != NULL)
		(void)fprintf(stderr, strchr(text, ' ') != NULL ? "; to allow it: -a '%s'" : "; to allow it: -a %s", text);
	(void)fputc('\n', stderr);
	free(text);
	free(entry);
	free(reason);
	free(host);
}

void
decisions_say(struct decisions *d)
{
	unsigned long long more = d->others;
	size_t i;

	if (d->n == 0)
		return;
	qsort(d->v, d->n, sizeof(*d->v), by_times);
	for (i = 0; i < d->n; i++)
		if (i < SAID)
			say_one(&d->v[i]);
		else
			more += d->v[i].times;
	if (more > 0)
		warnx("network: and %llu refusals of other hosts; see '%s'", more, escaped(d->path));
}

void
decisions_json(const struct decisions *d, FILE *fp)
{
	const struct refusal *r;
	char *path, *detail;
	size_t i;

	for (i = 0; i < d->n; i++) {
		r = &d->v[i];
		path = xprintf("%s:%u", r->host, r->port);
		detail = xprintf("%llu: %s", r->times, r->reason);
		(void)fputs("{\"kind\":\"refused-host\",\"path\":", fp);
		wx_json_string(fp, path);
		(void)fputs(",\"detail\":", fp);
		wx_json_string(fp, detail);
		(void)fputs("}\n", fp);
		free(detail);
		free(path);
	}
}
