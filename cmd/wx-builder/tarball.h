/* SPDX-License-Identifier: MIT */
#ifndef TARBALL_H
#define TARBALL_H

#include <stddef.h>

/*
 * A tar of a few small files, in memory and there alone, for one of them is a private key:
 * to be wiped. Begin with N = 0.
 */
struct tarball {
	char   v[65536];
	size_t n;
};

/* A file of LEN bytes, mode 0600; with DATA NULL, a folder, mode 0700. What does not fit ends the program. */
void tarball_add(struct tarball *t, const char *name, const char *data, size_t len);

/* Nothing more comes. */
void tarball_end(struct tarball *t);

#endif
