/* SPDX-License-Identifier: MIT */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value in JSON, to be read only. All functions take NULL for a value that is not there. */
struct json;

/* The one value that the LEN bytes of TEXT are, to be freed by json_free; NULL: they are none, or hold a NUL, or there
 * is no memory. */
struct json       *json_parse(const char *text, size_t len);
void               json_free(struct json *j);

/* The member KEY of an object; NULL if there is none. */
const struct json *json_get(const struct json *j, const char *key);

/* What an object or a list holds, in its order: the first, the next; NULL at the end. And of a member its key. */
const struct json *json_first(const struct json *j);
const struct json *json_next(const struct json *j);
const char        *json_key(const struct json *j);

bool               json_is_object(const struct json *j);
bool               json_is_list(const struct json *j);

/* The text of a string, as long as the whole is there; NULL: it is none. */
const char        *json_string(const struct json *j);

/* 0 or 1 of a boolean, else -1. */
int                json_bool(const struct json *j);

/* A whole number from 0 to 2^53, else -1. */
int64_t            json_number(const struct json *j);

#endif
