/* SPDX-License-Identifier: MIT */
#ifndef FORGES_H
#define FORGES_H

#include "forge.h"

/* The rows, a file each, and what more than one of them uses. */
extern const struct forge forge_github;

/* Does TEXT have WORDS in it, in whatever case? */
bool      forge_speaks_of(const char *text, const char *words);

/* Type and base64 of KEY as a string of JSON, which need no escape; its comment is nobody's business. */
void      forge_put_key(FILE *fp, const struct wx_pubkey *key);

/* next_page() of those that have a Link header, with the parameter "page" in its URL. */
enum link forge_next_by_link(const struct host *h, const struct http_answer *ans, char next[static LINK_LEN], long *number);

/* Say of R, which is none of the cases that a forge has of its own, what was refused. */
void      forge_explain_other(const struct refusal *r, const struct problem *p);

#endif
