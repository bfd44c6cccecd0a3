/* SPDX-License-Identifier: MIT */
#ifndef GITINDEX_H
#define GITINDEX_H

#include <stddef.h>

#include "words.h"

/*
 * The gitlinks (mode 160000: other repositories) in LEN bytes of a git index,
 * versions 2 to 4 (gitformat-index(5)), HASH 20 or 32 bytes an object name. Their
 * paths go to OUT, in git's order. 0, or -1 if the bytes are no such index.
 */
int gitindex_links(const unsigned char *data, size_t len, size_t hash, struct words *out);

#endif
