/* SPDX-License-Identifier: MIT */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "route.h"

/* Fields of heads: which go on. NAME is LEN bytes. What belongs to one connection is left to the HTTP parser and libcurl besides. */

/* May a client's field go on to R's upstream? Not who the client is, nor what frames the message, nor what we set ourselves. */
bool field_for_upstream(const struct route *r, const char *name, size_t len);

/* May a field of R's upstream go on to the client? */
bool field_for_client(const struct route *r, const char *name, size_t len);

/* Is it one by which a client says who it is? */
bool field_is_credential(const char *name, size_t len);

/* Is "NAME: VALUE" a line of a head, and nothing more? The length of the name, else 0. */
size_t field_name_length(const char *line);

/* Is NAME, of LEN bytes, TEXT, where capitals do not count? */
bool field_is(const char *name, size_t len, const char *text);

#endif
