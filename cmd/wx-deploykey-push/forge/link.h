/* SPDX-License-Identifier: MIT */
#ifndef LINK_H
#define LINK_H

#include <stddef.h>

#define LINK_LEN 4096 /* bytes of what leads to a page, NUL included */

enum link { LINK_NONE, LINK_NEXT, LINK_BAD };

/*
 * The target of rel="next" in the value of a Link header (RFC 8288, section 3)
 * into NEXT of CAP bytes. LINK_NONE: there is none, this is the last page.
 * LINK_BAD: not such a value, or it names two, or one that does not fit.
 */
enum link link_next(const char *value, char *next, size_t cap);

/* The number in the parameter "page" of URL's query; -1 if there is none. */
long      link_page(const char *url);

#endif
