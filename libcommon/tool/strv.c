/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/strv.h"

#include <err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"
#include "libcommon/json.h"
#include "libcommon/tool/exit.h"

void *
xgrow(void *p, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? 16 : *cap * 2;

	p = want > SIZE_MAX / size ? NULL : realloc(p, want * size);
	if (p == NULL)
		err(exit_code(WX_TEMP), "cannot allocate memory");
	*cap = want;
	return p;
}

char *
xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		err(exit_code(WX_TEMP), "cannot allocate memory");
	return copy;
}

static __attribute__((format(printf, 1, 0))) char *
xvprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		err(exit_code(WX_TEMP), "cannot allocate memory");
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

static void
add_owned(struct strv *w, char *s)
{
	if (w->n + 1 >= w->cap)
		w->v = xgrow(w->v, &w->cap, sizeof(*w->v));
	w->v[w->n++] = s;
	w->v[w->n] = NULL;
}

void
strv_add(struct strv *w, const char *s)
{
	add_owned(w, xstrdup(s));
}

void
strv_addf(struct strv *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_owned(w, xvprintf(fmt, ap));
	va_end(ap);
}

void
strv_addv(struct strv *w, const char *const *v)
{
	while (*v != NULL)
		strv_add(w, *v++);
}

void
strv_option(struct strv *w, const char *option, const char *value)
{
	if (value == NULL)
		return;
	strv_add(w, option);
	strv_add(w, value);
}

void
strv_free(struct strv *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
	*w = (struct strv){ 0 };
}

bool
strv_has(const struct strv *w, const char *s)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->v[i], s) == 0)
			return true;
	return false;
}

char *
escaped(const char *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len);

	if (fp == NULL)
		err(exit_code(WX_TEMP), "cannot allocate memory");
	wx_json_string(fp, s);
	if (fclose(fp) == EOF)
		err(exit_code(WX_TEMP), "cannot allocate memory");
	memmove(text, text + 1, len - 2);
	text[len - 2] = '\0';
	return text;
}
