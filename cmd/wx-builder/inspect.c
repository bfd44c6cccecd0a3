/* SPDX-License-Identifier: MIT */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

/* The one item of the array that inspect prints; NULL. DOC is to be deleted. */
static const cJSON *
first(const char *json, cJSON **doc)
{
	const char *end;

	*doc = cJSON_ParseWithLengthOpts(json, strlen(json) + 1, &end, 1);
	return cJSON_IsArray(*doc) ? cJSON_GetArrayItem(*doc, 0) : NULL;
}

/* Down the NULL-terminated KEYS. */
static const cJSON *
at(const cJSON *item, const char *const *keys)
{
	for (; item != NULL && *keys != NULL; keys++)
		item = cJSON_GetObjectItemCaseSensitive(item, *keys);
	return item;
}
#define AT(item, ...) at((item), (const char *const[]){ __VA_ARGS__, NULL })

static void
text(const cJSON *item, char *out, size_t cap)
{
	const char *s = cJSON_GetStringValue(item);

	(void)snprintf(out, cap, "%s", s == NULL ? "" : s);
}

/* The labels that start gave it; false: it is not this builder's. */
static bool
read_labels(const cJSON *labels, const char *name, struct look *l)
{
	char word[64];

	text(AT(labels, "wrapix.builder"), word, sizeof(word));
	if (strcmp(word, name) != 0)
		return false;
	text(AT(labels, "wrapix.port"), word, sizeof(word));
	l->port = (int)strtol(word, NULL, 10);
	text(AT(labels, "wrapix.image"), l->image, sizeof(l->image));
	text(AT(labels, "wrapix.limits"), l->limits, sizeof(l->limits));
	return true;
}

static void
settle(const cJSON *labels, const char *name, bool running, struct look *l)
{
	l->state = !read_labels(labels, name, l) ? STATE_FOREIGN : running ? STATE_RUNNING : STATE_DEAD;
}

bool
inspect_podman(const char *json, const char *name, struct look *l)
{
	cJSON *doc;
	const cJSON *c = first(json, &doc), *pid = AT(c, "State", "Pid");

	if (c != NULL) {
		settle(AT(c, "Config", "Labels"), name, cJSON_IsTrue(AT(c, "State", "Running")), l);
		l->pid = cJSON_IsNumber(pid) && pid->valuedouble > 0 ? (long)pid->valuedouble : 0;
		text(AT(c, "Image"), l->image_id, sizeof(l->image_id));
	}
	cJSON_Delete(doc);
	return c != NULL;
}

/* "status" is a word up to 0.12, and an object with a "state" after it. */
bool
inspect_apple(const char *json, const char *name, struct look *l)
{
	cJSON *doc;
	const cJSON *c = first(json, &doc), *status = AT(c, "status");
	char word[32];

	if (c != NULL) {
		text(cJSON_IsObject(status) ? AT(status, "state") : status, word, sizeof(word));
		settle(AT(c, "configuration", "labels"), name, strcmp(word, "running") == 0, l);
	}
	cJSON_Delete(doc);
	return c != NULL;
}

bool
inspect_image(const char *json, struct image_look *i)
{
	cJSON *doc;
	const cJSON *c = first(json, &doc);
	char word[8];

	if (c != NULL) {
		text(AT(c, "Id"), i->id, sizeof(i->id));
		text(AT(c, "Labels", "wrapix.builder"), word, sizeof(word));
		i->ours = strcmp(word, "1") == 0;
	}
	cJSON_Delete(doc);
	return c != NULL;
}
