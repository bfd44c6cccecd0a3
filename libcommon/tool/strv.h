/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_STRV_H
#define WX_TOOL_STRV_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growing list of strings that it owns. V has a NULL after the last, so it
 * can be given to exec. Out of memory ends the program with a line.
 */
struct strv {
	char  **v;
	size_t  n, cap;
};

void strv_add(struct strv *w, const char *s);
void strv_addf(struct strv *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void strv_addv(struct strv *w, const char *const *v);   /* NULL-terminated */

/* Add OPTION and VALUE; if VALUE is NULL, neither. */
void strv_option(struct strv *w, const char *option, const char *value);

/* Free all of it; it is empty then. */
void strv_free(struct strv *w);
bool strv_has(const struct strv *w, const char *s);

/* strdup, asprintf and realloc that end the program with a line. */
char *xstrdup(const char *s);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xgrow(void *p, size_t *cap, size_t size);   /* room for twice as many */

/* S for a message: the sandbox may have chosen it, and must not drive the terminal. As
 * wx_json_string has it, less the quotes. The caller owns it. */
char *escaped(const char *s);

#endif
