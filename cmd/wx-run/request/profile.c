/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "agentkeys.h"
#include "libcommon/envline.h"
#include "libcommon/imagespec.h"
#include "libcommon/json.h"
#include "libcommon/number.h"
#include "networkkeys.h"
#include "prescan.h"
#include "publish.h"
#include "secret/secret.h"
#include "values.h"


/* What one key takes. SET gets the value, its place in the request, and the
 * key's path for messages; it returns NULL or what is wrong. */
typedef const char *setter(struct request *r, const cJSON *v, void *at, const char *path);

static const char *
set_net(struct request *r, const cJSON *v, void *at, const char *path)
{
	if (!cJSON_IsString(v) || parse_net(v->valuestring) == -1)
		return value_wrong(path, "must be \"open\", \"none\", \"listed\" or \"host\"");
	return value_string(r, v, at, path);
}

static const char *
set_engine(struct request *r, const cJSON *v, void *at, const char *path)
{
	if (!cJSON_IsString(v) || !engine_known(v->valuestring))
		return value_wrong(path, "must be \"auto\", \"bwrap\", \"podman\" or \"container\"");
	return value_string(r, v, at, path);
}

/* Where the profile lies says nothing of the current folder. */
static const char *
set_image(struct request *r, const cJSON *v, void *at, const char *path)
{
	const char *rest = "must be a string";
	enum wx_image kind = cJSON_IsString(v) ? wx_image_parse(v->valuestring, &rest) : WX_IMAGE_BAD;

	if (kind == WX_IMAGE_BAD)
		return value_wrong(path, rest);
	if (kind != WX_IMAGE_NAME && *rest != '/' && strncmp(rest, "~/", 2) != 0)
		return value_wrong(path, "its path must be absolute, or begin with '~/'");
	return value_string(r, v, at, path);
}

static const char *
set_size(struct request *r, const cJSON *v, void *at, const char *path)
{
	uint64_t size;

	if (!cJSON_IsString(v) || wx_size(v->valuestring, &size) == -1)
		return value_wrong(path, "must be a size such as \"512M\" or \"4G\"");
	return value_string(r, v, at, path);
}

/* A number in JSON is a double: whole, and below 2^53, it is exact (RFC 8259, 6). */
static const char *
set_count(const cJSON *v, void *at, const char *path, unsigned max)
{
	char **s = at, *what;
	const char *bad;

	if (!cJSON_IsNumber(v) || !(v->valuedouble >= 1) || v->valuedouble > max ||
	    v->valuedouble != (double)(uint64_t)v->valuedouble) {
		what = xprintf("must be a whole number from 1 to %u", max);
		bad = value_wrong(path, what);
		free(what);
		return bad;
	}
	if (*s == NULL)
		*s = xprintf("%.0f", v->valuedouble);
	return NULL;
}

static const char *
set_pids(struct request *r, const cJSON *v, void *at, const char *path)
{
	(void)r;
	return set_count(v, at, path, PIDS_MAX);
}

static const char *
set_cpus(struct request *r, const cJSON *v, void *at, const char *path)
{
	(void)r;
	return set_count(v, at, path, CPUS_MAX);
}

static const char *
set_seconds(struct request *r, const cJSON *v, void *at, const char *path)
{
	char **s = at;

	(void)r;
	if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0.001) || v->valuedouble > 1e8)
		return value_wrong(path, "must be a number of seconds, 0.001 or more");
	if (*s == NULL)
		*s = xprintf("%.3f", v->valuedouble);
	return NULL;
}

static const char *
set_env(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct env *env = at, list = { 0 };
	const cJSON *item;
	size_t i, n = 0;

	(void)r;
	if (!cJSON_IsObject(v))
		return value_wrong(path, "must be an object of names");
	cJSON_ArrayForEach(item, v) {
		if (++n > PROFILE_ITEMS)
			return value_wrong(path, "has more than 1024 names");
		if (!env_name_allowed(item->string, strlen(item->string)))
			return value_wrong_below(path, item->string, env_name_wrong);
		for (i = 0; i < list.n; i++)
			if (strcmp(list.v[i].name, item->string) == 0)
				return value_wrong_below(path, item->string, "stands twice");
		if (!cJSON_IsNull(item) && (!cJSON_IsString(item) ||
		    (*item->valuestring != '\0' &&
		    !wx_env_value_ok(item->valuestring, strlen(item->valuestring)))))
			return value_wrong_below(path, item->string, "must be one printable line, "
			    "or null for the host's");
		env_set(&list, item->string, cJSON_IsNull(item) ? "" : item->valuestring,
		    cJSON_IsNull(item));
	}
	/* The options', which come after, replace the profile's. */
	for (i = 0; i < env->n; i++)
		env_set(&list, env->v[i].name, env->v[i].value, env->v[i].passed);
	*env = list;
	return NULL;
}

/* A profile means the same from whatever folder it is used: no relative path. */
static bool
is_path(const cJSON *v)
{
	return cJSON_IsString(v) && (*v->valuestring == '/' ||
	    strcmp(v->valuestring, "~") == 0 || strncmp(v->valuestring, "~/", 2) == 0);
}

static const char *
set_path(struct request *r, const cJSON *v, void *at, const char *path)
{
	if (!is_path(v))
		return value_wrong(path, "must be an absolute path, or ~/...");
	return value_string(r, v, at, path);
}

static const char *
set_one_mount(struct request *r, const cJSON *m, const char *path)
{
	const char *src = NULL, *dest = NULL;
	bool rw = false, optional = false, seen[4] = { false };
	static const char *const keys[] = { "source", "dest", "mode", "optional" };
	const cJSON *v;
	size_t k;

	if (!cJSON_IsObject(m))
		return value_wrong(path, "must be an object");
	cJSON_ArrayForEach(v, m) {
		for (k = 0; k < 4 && strcmp(v->string, keys[k]) != 0; k++)
			;
		if (k == 4)
			return value_wrong_below(path, v->string, "unknown");
		if (seen[k])
			return value_wrong_below(path, v->string, "stands twice");
		seen[k] = true;
		if (k < 2 && !is_path(v))
			return value_wrong_below(path, v->string, "must be an absolute path, or ~/...");
		if (k == 2 && (!cJSON_IsString(v) || (strcmp(v->valuestring, "ro") != 0 &&
		    strcmp(v->valuestring, "rw") != 0)))
			return value_wrong_below(path, v->string, "must be \"ro\" or \"rw\"");
		if (k == 3 && !cJSON_IsBool(v))
			return value_wrong_below(path, v->string, "must be true or false");
		if (k == 0)
			src = v->valuestring;
		else if (k == 1)
			dest = v->valuestring;
		else if (k == 2)
			rw = strcmp(v->valuestring, "rw") == 0;
		else
			optional = cJSON_IsTrue(v);
	}
	if (src == NULL)
		return value_wrong_below(path, "source", "is missing");
	usermount_ask(r, src, dest, rw, optional);
	return NULL;
}

static const char *
set_mounts(struct request *r, const cJSON *v, void *at, const char *path)
{
	const cJSON *item;
	const char *bad;
	struct request list = { 0 };
	char *sub;
	size_t i = 0;

	(void)at;
	if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) > PROFILE_ITEMS)
		return value_wrong(path, "must be a list of mounts, 1024 at the most");
	cJSON_ArrayForEach(item, v) {
		sub = xprintf("%s[%zu]", path, i++);
		bad = set_one_mount(&list, item, sub);
		free(sub);
		if (bad != NULL)
			return bad;
	}
	for (i = 0; i < r->mounts.n; i++)
		usermount_ask(&list, r->mounts.v[i].src, r->mounts.v[i].dest,
		    r->mounts.v[i].rw, r->mounts.v[i].optional);
	r->mounts.v = list.mounts.v;
	r->mounts.n = list.mounts.n;
	r->mounts.cap = list.mounts.cap;
	return NULL;
}

/* One value: of a profile that another extends nothing is mixed into that one's. */
static const char *
set_agent(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct agent *a = at, unused = { 0 };

	return agent_set(r, v, a->command.n == 0 ? a : &unused, path);
}

#define AT(field) offsetof(struct request, field)
static const struct {
	const char *name;
	setter     *set;
	size_t      at;
} schema[] = {
	{ "agent", set_agent, AT(agent) },
	{ "cache", value_homes, AT(cache) },
	{ "command", value_command, AT(command) },
	{ "cpus", set_cpus, AT(cpus) },
	{ "devices", value_words, AT(devices) },
	{ "engine", set_engine, AT(engine) },
	{ "env", set_env, AT(env) },
	{ "extends", value_profile, AT(extends) },
	{ "hide", value_words, AT(hide) },
	{ "home_size", set_size, AT(home_size) },
	{ "image", set_image, AT(image) },
	{ "known_hosts", value_words, AT(known_hosts) },
	{ "memory", set_size, AT(memory) },
	{ "mounts", set_mounts, AT(mounts) },
	{ "network", set_net, AT(net) },
	{ "network_ask", ask_set, AT(network_ask) },
	{ "network_deny", entries_set, AT(network_deny) },
	{ "network_forward", forwards_set, AT(network_forward) },
	{ "network_names", entries_set, AT(network_names) },
	{ "network_parent", parent_set, AT(network_parent) },
	{ "pids", set_pids, AT(pids) },
	{ "protect", value_words, AT(protect) },
	{ "proxy_env", proxy_set, AT(proxy_env) },
	{ "publish", publish_set, AT(publish) },
	{ "shm_size", set_size, AT(shm_size) },
	{ "store_paths", set_path, AT(store_paths) },
	{ "timeout", set_seconds, AT(seconds) },
	{ "tmp_size", set_size, AT(tmp_size) },
	{ "tools", value_words, AT(tools) },
	{ "unprotect", value_words, AT(unprotect) },
};
#define NSCHEMA (sizeof(schema) / sizeof(*schema))

static const char tighten_only[] = "is not for the project to say, which may only tighten; see wrapix-profile(5)";

static bool
listed(const char *const *keys, const char *name)
{
	for (; *keys != NULL; keys++)
		if (strcmp(*keys, name) == 0)
			return true;
	return false;
}

/* Only KEYS, where that is not NULL. */
static const char *
set_all(struct request *r, const cJSON *top, const char *const *keys)
{
	bool seen[NSCHEMA] = { false };
	const char *bad = NULL;
	const cJSON *v;
	size_t k;

	if (!cJSON_IsObject(top))
		return "must be a JSON object";
	cJSON_ArrayForEach(v, top) {
		if (keys != NULL && !listed(keys, v->string))
			return value_wrong_below("", v->string, tighten_only);
		for (k = 0; k < NSCHEMA && strcmp(v->string, schema[k].name) != 0; k++)
			;
		if (k == NSCHEMA)
			return value_wrong_below("", v->string, "unknown; see wrapix-profile(5)");
		if (seen[k])
			return value_wrong_below("", v->string, "stands twice");
		seen[k] = true;
		bad = schema[k].set(r, v, (char *)r + schema[k].at, v->string);
		if (bad != NULL)
			return bad;
	}
	return NULL;
}

const char *
profile_parse(struct request *r, const char *text, size_t len, const char *const *keys)
{
	const char *bad = prescan(text, len), *end = NULL;
	cJSON *top;

	if (bad != NULL)
		return bad;
	/* Length with the NUL, which must follow the text (cJSON's own tests). */
	top = cJSON_ParseWithLengthOpts(text, len + 1, &end, 1);
	if (top == NULL)
		return xprintf("byte %zu: not JSON", end == NULL ? 1 : (size_t)(end - text) + 1);
	bad = set_all(r, top, keys);
	cJSON_Delete(top);
	return bad;
}
