/* SPDX-License-Identifier: MIT */
#ifndef ASKED_H
#define ASKED_H

#include "back.h"

/*
 * The head of a request in l->asked, as the front says it, into the rest of *L: method, path, query, fields and length are looked at as if
 * nobody had done so before. NULL, or what the front does that it may not.
 */
const char *asked_read(struct link *l, const struct route *routes, size_t nroutes);

/* The line that sends the secret l->value in the way A into OUT. False: this program may not use it. */
bool        asked_secret(const struct link *l, const struct auth *a, char *out, size_t cap);

#endif
