/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <string.h>

#include <cjson/cJSON.h>

#define EXACT 9007199254740992.0 /* a double holds every whole number up to here */

static const cJSON *
item(const struct json *j)
{
	return (const cJSON *)(const void *)j;
}

static const struct json *
value(const cJSON *c)
{
	return (const struct json *)(const void *)c;
}

struct json *
json_parse(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *c;

	/* cJSON takes a NUL for white space, and ends a string at an escaped one. */
	if (memchr(text, '\0', len) != NULL || memmem(text, len, "\\u0000", 6) != NULL)
		return NULL;
	c = cJSON_ParseWithLengthOpts(text, len, &end, 0);
	while (c != NULL && end < text + len && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n'))
		end++;
	if (c != NULL && end != text + len) {
		cJSON_Delete(c);
		c = NULL;
	}
	return (struct json *)(void *)c;
}

void
json_free(struct json *j)
{
	cJSON_Delete((cJSON *)(void *)j);
}

const struct json *
json_get(const struct json *j, const char *key)
{
	return value(cJSON_GetObjectItemCaseSensitive(item(j), key));
}

const struct json *
json_first(const struct json *j)
{
	return j != NULL ? value(item(j)->child) : NULL;
}

const struct json *
json_next(const struct json *j)
{
	return j != NULL ? value(item(j)->next) : NULL;
}

const char *
json_key(const struct json *j)
{
	return j != NULL ? item(j)->string : NULL;
}

bool
json_is_object(const struct json *j)
{
	return cJSON_IsObject(item(j));
}

bool
json_is_list(const struct json *j)
{
	return cJSON_IsArray(item(j));
}

const char *
json_string(const struct json *j)
{
	return cJSON_IsString(item(j)) ? item(j)->valuestring : NULL;
}

int
json_bool(const struct json *j)
{
	return cJSON_IsBool(item(j)) ? cJSON_IsTrue(item(j)) : -1;
}

int64_t
json_number(const struct json *j)
{
	double d;

	if (!cJSON_IsNumber(item(j)))
		return -1;
	d = item(j)->valuedouble;
	return d >= 0 && d <= EXACT && d == (double)(int64_t)d ? (int64_t)d : -1;
}
