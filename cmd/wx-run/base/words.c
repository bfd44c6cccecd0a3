/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "libcommon/exitcode.h"
#include "libcommon/json.h"

void *
xgrow(void *p, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? 16 : *cap * 2;

	p = want > SIZE_MAX / size ? NULL : realloc(p, want * size);
	if (p == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	*cap = want;
	return p;
}

char *
xstrdup(const char *s)
{
	char *copy = strdup(s);

	if (copy == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	return copy;
}

static __attribute__((format(printf, 1, 0))) char *
xvprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		err(WX_CHAIN, "cannot allocate memory");
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
add_owned(struct words *w, char *s)
{
	if (w->n + 1 >= w->cap)
		w->v = xgrow(w->v, &w->cap, sizeof(*w->v));
	w->v[w->n++] = s;
	w->v[w->n] = NULL;
}

void
words_add(struct words *w, const char *s)
{
	add_owned(w, xstrdup(s));
}

void
words_addf(struct words *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_owned(w, xvprintf(fmt, ap));
	va_end(ap);
}

void
words_addv(struct words *w, const char *const *v)
{
	while (*v != NULL)
		words_add(w, *v++);
}

bool
words_have(const struct words *w, const char *s)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->v[i], s) == 0)
			return true;
	return false;
}

char *
shown(const char *s)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len);

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	wx_json_string(fp, s);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	memmove(text, text + 1, len - 2);
	text[len - 2] = '\0';
	return text;
}

bool
path_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 1) /* "/" */
		return true;
	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

char *
path_clean(const char *base, const char *path)
{
	char *in = *path == '/' ? xstrdup(path) : xprintf("%s/%s", base, path);
	char *out = xstrdup(in), *end = out, *p = in;
	size_t n;

	for (;;) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 0)
			break;
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (end > out && *--end != '/')
				;
		} else if (n != 1 || *p != '.') {
			*end++ = '/';
			memcpy(end, p, n);
			end += n;
		}
		p += n;
	}
	if (end == out)
		*end++ = '/';
	*end = '\0';
	free(in);
	return out;
}
