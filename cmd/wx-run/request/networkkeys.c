/* SPDX-License-Identifier: MIT */
#include "networkkeys.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "profile.h"

#define ASK_MAX 3600

const char *
entries_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *w = at, list = { 0 };
	const cJSON *item;
	char *text;
	size_t i = 0;

	(void)r;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > PROFILE_ITEMS)
		return value_wrong(path, "must be a list of entries, 1024 at the most");
	cJSON_ArrayForEach(item, v) {
		if (!cJSON_IsObject(item) && (!cJSON_IsString(item) || *item->valuestring == '\0'))
			return xprintf("key '%s[%zu]': must be a string, not empty, or an object", path, i);
		text = cJSON_IsObject(item) ? cJSON_PrintUnformatted(item) : NULL;
		if (cJSON_IsObject(item) && text == NULL)
			err(WX_CHAIN, "cannot allocate memory");
		strv_add(&list, text == NULL ? item->valuestring : text);
		cJSON_free(text);
		i++;
	}
	if (w->v != NULL)
		strv_addv(&list, (const char *const *)w->v);
	*w = list;
	return NULL;
}

static bool
is_port(const cJSON *v)
{
	return cJSON_IsNumber(v) && v->valuedouble >= 1 && v->valuedouble <= 65535 &&
	    v->valuedouble == (double)(unsigned)v->valuedouble;
}

static const char *
set_one_forward(struct forward *f, const cJSON *item, const char *path)
{
	const cJSON *v;

	*f = (struct forward){ 0 };
	if (!cJSON_IsObject(item))
		return value_wrong(path, "must be an object");
	cJSON_ArrayForEach(v, item) {
		if (strcmp(v->string, "port") != 0 && strcmp(v->string, "to") != 0)
			return value_wrong_below(path, v->string, "unknown");
		if (*v->string == 'p' ? f->port != 0 : f->to != NULL)
			return value_wrong_below(path, v->string, "stands twice");
		if (*v->string == 'p' && !is_port(v))
			return value_wrong_below(path, v->string, "must be a whole number from 1 to 65535");
		if (*v->string == 't' && (!cJSON_IsString(v) || *v->valuestring == '\0'))
			return value_wrong_below(path, v->string, "must be \"ADDRESS:PORT\"");
		if (*v->string == 'p')
			f->port = (unsigned)v->valuedouble;
		else
			f->to = xstrdup(v->valuestring);
	}
	if (f->port == 0 || f->to == NULL)
		return value_wrong_below(path, f->port == 0 ? "port" : "to", "is missing");
	return NULL;
}

const char *
forwards_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	const cJSON *item;
	const char *bad;
	char *sub;
	size_t i = 0;

	(void)at;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > LISTED_FORWARDS)
		return value_wrong(path, "must be a list of objects, 64 at the most");
	cJSON_ArrayForEach(item, v) {
		if (r->network_forward.n == r->network_forward.cap)
			r->network_forward.v = xgrow(r->network_forward.v, &r->network_forward.cap,
			    sizeof(*r->network_forward.v));
		sub = xprintf("%s[%zu]", path, i++);
		bad = set_one_forward(&r->network_forward.v[r->network_forward.n++], item, sub);
		free(sub);
		if (bad != NULL)
			return bad;
	}
	return NULL;
}

const char *
ask_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	char **s = at;

	(void)r;
	if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0) || v->valuedouble > ASK_MAX ||
	    v->valuedouble != (double)(unsigned)v->valuedouble)
		return value_wrong(path, "must be a whole number of seconds up to 3600");
	if (*s == NULL)
		*s = xprintf("%.0f", v->valuedouble);
	return NULL;
}

/* null is as if it was not there. What else is wrong with a URL wx-egress says. */
const char *
parent_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	char **s = at;

	(void)r;
	if (cJSON_IsNull(v))
		return NULL;
	if (!cJSON_IsString(v) || (strcmp(v->valuestring, "environment") != 0 && strncmp(v->valuestring, "http://", 7) != 0))
		return value_wrong(path, "must be \"environment\", null, or the URL of a proxy, http://HOST:PORT");
	if (strchr(v->valuestring, '@') != NULL)
		return value_wrong(path, "must have no password: take \"environment\", and HTTPS_PROXY");
	if (*s == NULL)
		*s = xstrdup(v->valuestring);
	return NULL;
}

const char *
proxy_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	char **s = at;

	(void)r;
	if (!cJSON_IsBool(v))
		return value_wrong(path, "must be true or false");
	if (*s == NULL)
		*s = xstrdup(cJSON_IsTrue(v) ? "true" : "false");
	return NULL;
}
