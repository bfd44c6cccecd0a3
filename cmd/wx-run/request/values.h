/* SPDX-License-Identifier: MIT */
#ifndef VALUES_H
#define VALUES_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "request.h"

/*
 * Of a profile's keys: setters take the value V of the key PATH, check it and put it to AT; NULL, or what is
 * wrong, in words that the caller owns. What an option has set stays.
 */
typedef const char *value_set(struct request *r, const cJSON *v, void *at, const char *path);

value_set value_string;    /* AT: a char *; not empty */
value_set value_words;     /* AT: struct strv; what was there follows */
value_set value_command;   /* the same, but what was there stays alone; not empty */

value_set value_profile;   /* AT: a char *; the name of a profile, and no path: it is looked for where profiles are */

value_set value_homes;     /* AT: struct strv; paths below the home, "~/...", no two alike, what was there first */

/* Is it a path below the home, "~/...", without a detour ('..', '//')? */
bool value_below_home(const cJSON *v);

/* "key 'PATH': WHAT", and the same of a member KEY of PATH ("" for none). The caller owns it. */
const char *value_wrong(const char *path, const char *what);
const char *value_wrong_below(const char *path, const char *key, const char *what);

/* The name of that member. The caller owns it. */
char *value_below(const char *path, const char *key);

#endif
