/* SPDX-License-Identifier: MIT */
#ifndef FORGES_H
#define FORGES_H

#include "forge.h"

/* The rows, a file each, and what more than one of them uses. */
extern const struct forge forge_github, forge_gitlab, forge_gitea, forge_bitbucket, forge_bitbucket_cloud;

/* Does TEXT have WORDS in it, in whatever case? */
bool      forge_speaks_of(const char *text, const char *words);

/* next_page() of those that have a Link header, with the parameter "page" in its URL; and where that is URL. */
enum link forge_next_by_link(const struct host *h, const struct http_answer *ans, struct pages *p, char next[static LINK_LEN]);
enum link forge_next_by_url(const struct host *h, const char *url, struct pages *p, char next[static LINK_LEN]);

/* TITLE and KEY as members of an object of JSON, by these names. */
void      forge_put_pair(FILE *fp, const char *title, const char *key, const struct new_key *k);

/* Is H the host that the variable NAME names, as HOST, HOST:PORT or a URL; or is it not set, and IF_UNSET? */
bool      forge_variable_names(const char *name, const struct host *h, bool if_unset);

/* variables() of both of Bitbucket's kinds. */
const char *const *forge_bitbucket_variables(const struct host *h);

/* Say of R, which is none of the cases that a forge has of its own, what was refused. */
void      forge_explain_other(const struct refusal *r, const struct problem *p);

/* Say that the token of R has no right to what was asked for; NEED: what it should have. */
void      forge_explain_right(const struct refusal *r, const char *need);

/* The same of a scope, which the forge named, SCOPE. */
void      forge_explain_scope(const struct refusal *r, const char *scope);

#endif
