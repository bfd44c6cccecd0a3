/* SPDX-License-Identifier: MIT */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* A list of strings that it owns, with a NULL after the last. */
struct words {
	char  **v;
	size_t  n, cap;
};

void  words_add(struct words *w, const char *s);
void  words_addf(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Free all of it; it is empty then. */
void  words_free(struct words *w);

/* asprintf that ends the program where there is no memory. The caller owns it. */
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Like it, into the CAP bytes at OUT; ends the program where they are too few. */
void  fit(char *out, size_t cap, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * The code to end with where CODE is what a tool has for it: that, or 125 in a
 * process whose other codes are those of a command (own_chain was called).
 */
int   own(int code);
void  own_chain(void);

#endif
