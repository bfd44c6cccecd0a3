/* SPDX-License-Identifier: MIT */
#ifndef PROFILE_H
#define PROFILE_H

#include "request.h"

#define PROFILE_MAX   262144  /* bytes of a profile */
#define PROFILE_DEPTH 8       /* of nesting; the schema needs 3 */
#define PROFILE_ITEMS 1024    /* of one list */

/*
 * Read the LEN bytes of TEXT, a NUL behind them, into R where that says nothing; see wrapix-profile(5). KEYS, which a
 * NULL ends: it may have no others; NULL: all. NULL, or what is wrong with it (static or owned by the caller).
 */
const char *profile_parse(struct request *r, const char *text, size_t len, const char *const *keys);

#endif
