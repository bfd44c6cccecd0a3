/* SPDX-License-Identifier: MIT */
#include "values.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/tool/path.h"
#include "profile.h"

#define KEY_SHOWN 64   /* characters of a key in a message */
#define HOMES_MAX 32

const char *
value_wrong(const char *path, const char *what)
{
	return xprintf("key '%s': %s", path, what);
}

/* KEY below PATH ("" is the top), for a message: a key is the profile's word, and
 * must neither drive the terminal nor fill it. The caller owns it. */
char *
value_below(const char *path, const char *key)
{
	char *text = escaped(key), *out;

	out = xprintf("%s%s%.*s%s", path, *path == '\0' ? "" : ".", KEY_SHOWN, text,
	    strlen(text) > KEY_SHOWN ? "..." : "");
	free(text);
	return out;
}

const char *
value_wrong_below(const char *path, const char *key, const char *what)
{
	char *full = value_below(path, key);
	const char *bad = value_wrong(full, what);

	free(full);
	return bad;
}

const char *
value_string(struct request *r, const cJSON *v, void *at, const char *path)
{
	char **s = at;

	(void)r;
	if (!cJSON_IsString(v) || *v->valuestring == '\0')
		return value_wrong(path, "must be a string, not empty");
	if (*s == NULL)
		*s = xstrdup(v->valuestring);
	return NULL;
}

const char *
value_words(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *w = at, list = { 0 };
	const cJSON *item;
	size_t i = 0;

	(void)r;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > PROFILE_ITEMS)
		return value_wrong(path, "must be a list of strings, 1024 at the most");
	cJSON_ArrayForEach(item, v) {
		if (!cJSON_IsString(item) || *item->valuestring == '\0')
			return xprintf("key '%s[%zu]': must be a string, not empty", path, i);
		strv_add(&list, item->valuestring);
		i++;
	}
	if (w->v != NULL)
		strv_addv(&list, (const char *const *)w->v);
	*w = list;
	return NULL;
}

/* The command of the profile serves only where none is given. */
const char *
value_command(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *w = at, list = { 0 };
	const char *bad = value_words(r, v, &list, path);

	if (bad == NULL && list.n == 0)
		return value_wrong(path, "must not be empty");
	if (bad == NULL && w->n == 0)
		*w = list;
	return bad;
}

bool
value_below_home(const cJSON *v)
{
	const char *s = cJSON_IsString(v) ? v->valuestring : "";
	char *clean;
	bool ok;

	if (strncmp(s, "~/", 2) != 0)
		return false;
	clean = path_clean("/", s + 1);
	ok = strcmp(clean, s + 1) == 0 && strcmp(clean, "/") != 0;
	free(clean);
	return ok;
}

const char *
value_homes(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *out = at;
	const cJSON *item;
	size_t i = 0;

	(void)r;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > HOMES_MAX)
		return value_wrong(path, "must be a list of paths below the home, ~/..., 32 at the most");
	cJSON_ArrayForEach(item, v) {
		if (!value_below_home(item))
			return xprintf("key '%s[%zu]': must be a path below the home, ~/...", path, i);
		if (!strv_has(out, item->valuestring))
			strv_add(out, item->valuestring);
		i++;
	}
	return NULL;
}

const char *
value_profile(struct request *r, const cJSON *v, void *at, const char *path)
{
	const char *s = cJSON_IsString(v) ? v->valuestring : "";

	if (*s == '\0' || *s == '.' || *s == '-' || strlen(s) > 64 || s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] != '\0')
		return value_wrong(path, "must be the name of a profile, without a path and '.json'");
	return value_string(r, v, at, path);
}
