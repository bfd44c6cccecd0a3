/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"

static bool chain;

int
own(int code)
{
	return chain ? WX_CHAIN : code;
}

void
own_chain(void)
{
	chain = true;
}

static __attribute__((format(printf, 1, 0))) char *
xvprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		err(own(WX_TEMP), "cannot allocate memory");
	return s;
}

char *
xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvprintf(fmt, ap);
	va_end(ap);
	return s;
}

void
fit(char *out, size_t cap, const char *fmt, ...)
{
	va_list ap;
	size_t len;
	char *s;

	va_start(ap, fmt);
	s = xvprintf(fmt, ap);
	va_end(ap);
	len = strlen(s);
	if (len >= cap)
		errx(own(WX_FAIL), "refusing a path or text of more than %zu bytes", cap - 1);
	memcpy(out, s, len + 1);
	free(s);
}

static void
add_owned(struct words *w, char *s)
{
	size_t cap = w->cap == 0 ? 64 : 2 * w->cap;
	char **v;

	if (w->n + 1 >= w->cap) {
		v = realloc(w->v, cap * sizeof(*v));
		if (v == NULL)
			err(own(WX_TEMP), "cannot allocate memory");
		w->v = v;
		w->cap = cap;
	}
	w->v[w->n++] = s;
	w->v[w->n] = NULL;
}

void
words_add(struct words *w, const char *s)
{
	add_owned(w, xprintf("%s", s));
}

void
words_free(struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	*w = (struct words){ 0 };
}

void
words_addf(struct words *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_owned(w, xvprintf(fmt, ap));
	va_end(ap);
}
