/* SPDX-License-Identifier: MIT */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growing list of strings that it owns. V has a NULL after the last, so it
 * can be given to exec. Out of memory ends the program with 125.
 */
struct words {
	char  **v;
	size_t  n, cap;
};

void words_add(struct words *w, const char *s);
void words_addf(struct words *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void words_addv(struct words *w, const char *const *v);   /* NULL-terminated */
bool words_have(const struct words *w, const char *s);

/* strdup, asprintf and realloc that end the program with 125. */
char *xstrdup(const char *s);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xgrow(void *p, size_t *cap, size_t size);   /* room for twice as many */

/* S for a message: the sandbox may have chosen it, and must not drive the terminal. As
 * wx_json_string has it, less the quotes. The caller owns it. */
char *shown(const char *s);

/* Is PATH (absolute, clean) DIR itself or below it? */
bool path_within(const char *path, const char *dir);

/*
 * PATH made absolute by BASE, without '.', '..', doubled or trailing slashes;
 * by the words only, no link is followed. The caller owns it.
 */
char *path_clean(const char *base, const char *path);

#endif
