/* SPDX-License-Identifier: MIT */
#include "agentkeys.h"

#include <fnmatch.h>
#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"
#include "networkkeys.h"
#include "profile.h"
#include "secret/secret.h"

bool
share_is_settings(const char *name)
{
	static const char *const kinds[] = { "*.json", "*.toml", "*.yaml", "*.yml", "hooks", "*credentials*", "*.key",
	    "*.pem", "*.db", "*.sqlite", NULL };
	const char *const *k;

	for (k = kinds; *k != NULL; k++)
		if (fnmatch(*k, name, 0) == 0)
			return true;
	return false;
}

#define STATES_MAX 8

static const char *
set_states(struct request *r, const cJSON *v, void *at, const char *path)
{
	const cJSON *item;
	size_t i = 0;

	(void)r;
	if (!cJSON_IsArray(v)) {
		if (!value_below_home(v))
			return value_wrong(path, "must be a path below the home, ~/..., or a list of such");
		strv_add(at, v->valuestring);
		return NULL;
	}
	if (cJSON_GetArraySize(v) == 0 || cJSON_GetArraySize(v) > STATES_MAX)
		return value_wrong(path, "must be one to eight paths below the home, ~/...");
	cJSON_ArrayForEach(item, v) {
		if (!value_below_home(item))
			return xprintf("key '%s[%zu]': must be a path below the home, ~/...", path, i);
		strv_add(at, item->valuestring);
		i++;
	}
	return NULL;
}

static const char *
set_seed(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *out = at;
	const cJSON *item;
	char *text;

	(void)r;
	if (!cJSON_IsObject(v) || cJSON_GetArraySize(v) > PROFILE_ITEMS)
		return value_wrong(path, "must be an object of files and what is to be in them");
	cJSON_ArrayForEach(item, v) {
		cJSON name = { .type = cJSON_String, .valuestring = item->string };

		if (!value_below_home(&name))
			return value_wrong_below(path, item->string, "must be a path below the home, ~/...");
		if (!cJSON_IsObject(item))
			return value_wrong_below(path, item->string, "must be an object");
		text = cJSON_PrintUnformatted(item);
		if (text == NULL)
			err(WX_CHAIN, "cannot allocate memory");
		strv_add(out, item->string);
		strv_add(out, text);
		cJSON_free(text);
	}
	return NULL;
}

static const char *
set_shares(struct request *r, const cJSON *v, void *at, const char *path)
{
	const char *bad = value_homes(r, v, at, path);
	const struct strv *all = at;
	size_t i;

	for (i = 0; bad == NULL && i < all->n; i++)
		if (share_is_settings(strrchr(all->v[i], '/') + 1))
			bad = xprintf("key '%s': '%s' would be settings or a login, which are not shared", path, all->v[i]);
	return bad;
}

static const char *
set_told(struct request *r, const cJSON *v, void *at, const char *path)
{
	if (!value_below_home(v))
		return value_wrong(path, "must be a path below the home, ~/...");
	if (share_is_settings(strrchr(v->valuestring, '/') + 1))
		return xprintf("key '%s': '%s' would be settings or a login", path, v->valuestring);
	return value_string(r, v, at, path);
}

static const char *
set_token(struct request *r, const cJSON *v, void *at, const char *path)
{
	if (!cJSON_IsString(v) || !env_name_allowed(v->valuestring, strlen(v->valuestring)))
		return value_wrong(path, "must be the name of a variable");
	return value_string(r, v, at, path);
}

/* A name: a file could be the project's. */
static const char *
set_broker(struct request *r, const cJSON *v, void *at, const char *path)
{
	if (!cJSON_IsString(v) || *v->valuestring == '\0' ||
	    v->valuestring[strspn(v->valuestring, "abcdefghijklmnopqrstuvwxyz0123456789-_")] != '\0')
		return value_wrong(path, "must be the name of a route: of a-z, 0-9, '-' and '_'");
	return value_string(r, v, at, path);
}

static const char *
set_guest(struct request *r, const cJSON *v, void *at, const char *path)
{
	struct strv *out = at;
	const cJSON *item;

	(void)r;
	if (!cJSON_IsObject(v) || cJSON_GetArraySize(v) == 0 || cJSON_GetArraySize(v) > PROFILE_ITEMS)
		return value_wrong(path, "must be an object of variables and their values, not empty");
	cJSON_ArrayForEach(item, v) {
		if (!env_name_allowed(item->string, strlen(item->string)))
			return value_wrong_below(path, item->string, env_name_wrong);
		if (!cJSON_IsString(item))
			return value_wrong_below(path, item->string, "must be a string");
		strv_add(out, item->string);
		strv_add(out, item->valuestring);
	}
	return NULL;
}

/* Is PATH, "~/...", in a state of the agent's? */
static bool
is_kept(const struct agent *a, const char *path)
{
	bool kept = a->states.n == 0 && path_within(path + 1, "/.claude");
	size_t i;

	for (i = 0; i < a->states.n; i++)
		kept = kept || path_within(path + 1, a->states.v[i] + 1);
	return kept;
}

/* What a seed is for must be kept, and what is shared is read beside it. */
static char *
check_places(const struct agent *a, const char *path)
{
	size_t i;

	for (i = 0; i < a->seeds.n; i += 2)
		if (!is_kept(a, a->seeds.v[i]))
			return xprintf("key '%s.seed': '%s' is in no state of the agent's", path, a->seeds.v[i]);
	if (a->told != NULL && !is_kept(a, a->told))
		return xprintf("key '%s.told': '%s' is in no state of the agent's", path, a->told);
	for (i = 0; i < a->shares.n; i++)
		if (!is_kept(a, a->shares.v[i]))
			return xprintf("key '%s.share': '%s' is in no state of the agent's", path, a->shares.v[i]);
	return NULL;
}

#define AGENT(field) offsetof(struct agent, field)
static const struct {
	const char *name;
	value_set  *set;
	size_t      at;
} keys[] = {
	{ "broker", set_broker, AGENT(broker) },
	{ "command", value_command, AGENT(command) },
	{ "continue", value_command, AGENT(go_on) },
	{ "guest", set_guest, AGENT(guests) },
	{ "network_names", entries_set, AGENT(names) },
	{ "otherwise", value_profile, AGENT(otherwise) },
	{ "prompt", value_string, AGENT(prompt) },
	{ "resume", value_command, AGENT(resume) },
	{ "seed", set_seed, AGENT(seeds) },
	{ "share", set_shares, AGENT(shares) },
	{ "state", set_states, AGENT(states) },
	{ "told", set_told, AGENT(told) },
	{ "token", set_token, AGENT(token) },
};

#define NKEYS (sizeof(keys) / sizeof(*keys))

const char *
agent_set(struct request *r, const cJSON *v, void *at, const char *path)
{
	bool seen[NKEYS] = { false };
	const char *bad = NULL;
	const cJSON *item;
	char *name;
	size_t k;

	if (!cJSON_IsObject(v))
		return value_wrong(path, "must be an object");
	cJSON_ArrayForEach(item, v) {
		for (k = 0; k < NKEYS && strcmp(item->string, keys[k].name) != 0; k++)
			;
		if (k == NKEYS)
			return value_wrong_below(path, item->string, "unknown");
		if (seen[k])
			return value_wrong_below(path, item->string, "stands twice");
		seen[k] = true;
		name = value_below(path, item->string);
		bad = keys[k].set(r, item, (char *)at + keys[k].at, name);
		free(name);
		if (bad != NULL)
			return bad;
	}
	((struct agent *)at)->given = true;
	return NULL;
}

char *
agent_fault(const struct agent *a)
{
	if (!a->given)
		return NULL;
	if (a->command.n == 0)
		return xstrdup("key 'agent.command': is missing");
	if (a->guests.n > 0 && a->broker == NULL)
		return xstrdup("key 'agent.guest': is for an agent with a 'broker'");
	return check_places(a, "agent");
}
