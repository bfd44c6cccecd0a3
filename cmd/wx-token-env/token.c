/* SPDX-License-Identifier: MIT */
#include "token.h"

#include <err.h>
#include <errno.h>

#include "libcommon/exitcode.h"

int
fail_code(const struct want *w)
{
	bool shortage = errno == EAGAIN || errno == ENOMEM || errno == ENFILE;

	return shortage && w->command == NULL ? WX_TEMP : w->fail;
}

void
token_origin(const struct want *w, struct token *t, const char *source,
    const char *path, const char *where)
{
	int n = 0;

	t->source = source;
	t->path[0] = '\0';
	t->expires = -1;
	if (path == NULL) {
		(void)snprintf(t->where, sizeof(t->where), "%s", where);
		return;
	}
	n = snprintf(t->path, sizeof(t->path), "%s", path);
	if (n < 0 || (size_t)n >= sizeof(t->path))
		errx(w->fail, "path is too long: '%s'", path);
	(void)snprintf(t->where, sizeof(t->where), "'%s'", path);
}

void
token_check(const struct want *w, struct token *t)
{
	size_t had = t->len;

	if (t->len > 0 && t->value[t->len - 1] == '\n') {
		t->len--;
		if (t->len > 0 && t->value[t->len - 1] == '\r')
			t->len--;
	}
	t->value[t->len] = '\0';
	if (t->len == 0)
		errx(w->fail, "no token in %s: it is empty (%zu bytes)", t->where, had);
	if (!wx_env_value_ok(t->value, t->len))
		errx(w->fail, "no token in %s: not one line of printable text (%zu bytes)",
		    t->where, had);
}
