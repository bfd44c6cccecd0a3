/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>

#include "libcommon/tool/strv.h"

#define STORE_DIR "/nix/store"

/* Of a list. */
#define STORE_PATHS 8192
#define STORE_BYTES 1048576

/* The part of the Nix store that is shown inside. */
struct store {
	char        *file;     /* that lists it */
	struct strv paths;    /* sorted */
	struct strv wanted;   /* not listed there, but of what is run: see closure.h */
};

/*
 * Read FILE: paths right below STORE_DIR, which are there, one a line, as Nix'
 * closureInfo writes them. Dies with a line that names file and line.
 */
struct store *store_read(const char *file);

/* The same of TEXT, LEN bytes and a NUL, which is changed. OUT gets the paths, sorted. What
 * is wrong, and in which line, or NULL. */
const char *store_parse(char *text, size_t len, struct strv *out, unsigned *line);

/* Is PATH (absolute, clean) one of those, or below it? */
bool store_has(const struct store *s, const char *path);

/* Of PATH, below STORE_DIR: what is right below that. The caller owns it. */
char *store_top(const char *path);

/* After paths were added. */
void store_sort(struct store *s);

#endif
