/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define PORT_MAX 65535

bool
publish_port(const char *s, struct published *out)
{
	char *host = xprintf("%.*s", (int)strcspn(s, ":"), s);
	const char *inside = s[strlen(host)] == ':' ? s + strlen(host) + 1 : s;
	uint64_t h, n;
	bool ok = parse_count(host, PORT_MAX, &h) && parse_count(inside, PORT_MAX, &n);

	free(host);
	if (ok)
		*out = (struct published){ .host = (unsigned)h, .port = (unsigned)n };
	return ok;
}

const char *
publish_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *w = at, list = { 0 };
	struct published p;
	const cJSON *item;
	size_t i = 0;
	char *text;

	(void)r;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > PUBLISH_MAX)
		return value_wrong(path, "must be a list of ports, 8 at the most");
	cJSON_ArrayForEach(item, v) {
		text = cJSON_IsNumber(item) ? xprintf("%.17g", item->valuedouble) :
		    xstrdup(cJSON_IsString(item) ? item->valuestring : "");
		if (!publish_port(text, &p)) {
			free(text);
			return xprintf("key '%s[%zu]': must be a port, or \"HOSTPORT:PORT\", each from 1 to %d", path, i, PORT_MAX);
		}
		strv_add(&list, text);
		free(text);
		i++;
	}
	if (w->v != NULL)
		strv_addv(&list, (const char *const *)w->v);
	*w = list;
	return NULL;
}
