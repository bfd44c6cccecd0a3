/* SPDX-License-Identifier: MIT */
#include "back.h"

#include <sys/mman.h>

#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/envline.h"
#include "libcommon/proc.h"

#define LINE_MAX_LEN (255 + 1 + SECRET_MAX + 1)

static struct secret secrets[ROUTES_MAX];
static size_t        nsecrets;

static struct {
	char   buf[LINE_MAX_LEN];
	size_t len;
	bool   skip; /* to the end of the line, which is too long */
} input;

struct secret *
secret_of(const char *name)
{
	size_t i;

	for (i = 0; i < nsecrets; i++)
		if (strcmp(secrets[i].name, name) == 0)
			return &secrets[i];
	return NULL;
}

void
secret_setup(const struct route *routes, size_t n)
{
	size_t i;

	/* Where the limit is too small it works as well. */
	(void)mlock(secrets, sizeof(secrets));
	(void)mlock(&input, sizeof(input));
	for (i = 0; i < n; i++)
		if (secret_of(routes[i].secret) == NULL) {
			secrets[nsecrets].name = routes[i].secret;
			secrets[nsecrets].now = &secrets[nsecrets].values[0];
			nsecrets++;
		}
}

/* Of each beginning the longest that is also its end (Knuth, Morris, Pratt). */
static void
prepare(struct value *v)
{
	size_t i, k = 0;

	v->border[0] = v->border[1] = 0;
	for (i = 1; i < v->len; i++) {
		while (k > 0 && v->text[i] != v->text[k])
			k = v->border[k];
		if (v->text[i] == v->text[k])
			k++;
		v->border[i + 1] = (uint16_t)k;
	}
}

bool
secret_seen(const struct value *v, size_t *state, const char *buf, size_t len)
{
	size_t i, k = *state;

	for (i = 0; i < len; i++) {
		while (k > 0 && buf[i] != v->text[k])
			k = v->border[k];
		if (buf[i] == v->text[k] && ++k == v->len)
			return true;
	}
	*state = k;
	return false;
}

struct value *
secret_use(struct secret *s)
{
	s->now->users++;
	return s->now;
}

void
secret_leave(struct secret *s, struct value *v, unsigned generation)
{
	if (v->generation != generation)
		return;
	v->users--;
	if (v->users == 0 && v != s->now)
		wx_wipe(v, sizeof(*v));
}

/* True: it is another now. The one before stays as long as a request was sent with it; the one before that goes. */
static bool
set(struct secret *s, const char *text, size_t len)
{
	struct value *old = s->now, *v = s->now == &s->values[0] ? &s->values[1] : &s->values[0];

	if (len == old->len && memcmp(text, old->text, len) == 0)
		return false;
	wx_wipe(v, sizeof(*v));
	memcpy(v->text, text, len);
	v->len = len;
	v->generation = ++s->generation;
	if (len > 0)
		prepare(v);
	s->now = v;
	if (old->users == 0)
		wx_wipe(old, sizeof(*old));
	return true;
}

/* Can it be one? An empty one withdraws it. */
static bool
value_ok(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7f)
			return false;
	return len == 0 || (len >= SECRET_MIN && len <= SECRET_MAX);
}

/* The line in the buffer, of LEN bytes. */
static void
take_line(size_t len, void (*changed)(struct secret *s))
{
	char *value = memchr(input.buf, '=', len);
	struct secret *s;

	if (value == NULL || !wx_env_name_ok(input.buf, (size_t)(value - input.buf))) {
		if (len > 0)
			warnx("standard input: a line of %zu bytes is not NAME=value", len);
		return;
	}
	*value++ = '\0';
	len -= (size_t)(value - input.buf);
	if (len > 0 && value[len - 1] == '\r')
		len--;
	s = secret_of(input.buf);
	if (s == NULL)
		warnx("standard input: no route wants '%s'", input.buf);
	else if (!value_ok(value, len) && (s->refused = true))
		warnx("standard input: the value of '%s' (%zu bytes) is not one word of %d to %d bytes", input.buf, len,
		    SECRET_MIN, SECRET_MAX);
	else if (set(s, value, len))
		changed(s);
}

/* All lines that are here whole. */
static void
take_lines(void (*changed)(struct secret *s))
{
	char *end;
	size_t len;

	while ((end = memchr(input.buf, '\n', input.len)) != NULL) {
		len = (size_t)(end - input.buf);
		if (!input.skip)
			take_line(len, changed);
		input.skip = false;
		input.len -= len + 1;
		memmove(input.buf, end + 1, input.len);
		wx_wipe(input.buf + input.len, len + 1);
	}
	if (input.len == sizeof(input.buf)) {
		if (!input.skip)
			warnx("standard input: a line of more than %zu bytes", sizeof(input.buf));
		wx_wipe(input.buf, sizeof(input.buf));
		input.len = 0;
		input.skip = true;
	}
}

bool
secret_read(void (*changed)(struct secret *s))
{
	ssize_t n = read(STDIN_FILENO, input.buf + input.len, sizeof(input.buf) - input.len);

	if (n == -1)
		return errno == EINTR || errno == EAGAIN;
	if (n > 0) {
		input.len += (size_t)n;
		take_lines(changed);
		return true;
	}
	/* The last line may have no end. */
	if (input.len > 0 && !input.skip)
		take_line(input.len, changed);
	wx_wipe(&input, sizeof(input));
	return false;
}

bool
secret_refused(void)
{
	size_t i;

	for (i = 0; i < nsecrets; i++)
		if (secrets[i].refused && secrets[i].now->len == 0)
			return true;
	return false;
}
