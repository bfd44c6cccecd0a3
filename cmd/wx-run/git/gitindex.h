/* SPDX-License-Identifier: MIT */
#ifndef GITINDEX_H
#define GITINDEX_H

#include <stddef.h>

#include "base/words.h"

#define GITINDEX_NAME 65   /* of a hash in hexadecimal, with its NUL */

/*
 * The gitlinks (mode 160000: other repositories) in LEN bytes of a git index,
 * versions 2 to 4 (gitformat-index(5)), HASH 20 or 32 bytes an object name. Their
 * paths go to OUT, in git's order. BASE becomes the name of the shared index that a
 * split index adds to ("sharedindex.NAME"), or "". 0, or -1 if the bytes are no such
 * index, or hold more than 10,000 gitlinks.
 */
int gitindex_links(const unsigned char *data, size_t len, size_t hash, struct words *out,
    char base[static GITINDEX_NAME]);

#endif
