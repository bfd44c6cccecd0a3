/* SPDX-License-Identifier: MIT */
#include <cjson/cJSON.h>

#include "libcommon/utf8.h"
#include "policy.h"

#define SECONDS_MAX (7L * 24 * 3600)

static bool
because_of(char *why, const char *text)
{
	(void)snprintf(why, 128, "%s", text);
	return false;
}

static const cJSON *
member(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsNull(m) ? NULL : m;
}

static bool
take_seconds(const cJSON *o, struct control_request *to)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(o, "seconds");

	to->seconds = CONTROL_SECONDS;
	if (cJSON_IsNull(s))
		to->seconds = 0;
	if (s == NULL || cJSON_IsNull(s))
		return true;
	if (!cJSON_IsNumber(s) || s->valuedouble < 1 || s->valuedouble > (double)SECONDS_MAX)
		return false;
	to->seconds = (long)s->valuedouble;
	return true;
}

static bool
take_op(const cJSON *o, struct control_request *to)
{
	static const char *const names[] = { [CONTROL_ALLOW] = "allow", [CONTROL_DENY] = "deny", [CONTROL_REVOKE] = "revoke",
		[CONTROL_LIST] = "list", [CONTROL_WATCH] = "watch", [CONTROL_ANSWER] = "answer" };
	const cJSON *op = member(o, "op");
	size_t i;

	for (i = 0; cJSON_IsString(op) && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(op->valuestring, names[i]) == 0) {
			to->op = (enum control_op)i;
			return true;
		}
	return false;
}

/* A group is a file, which is not read once a sandbox runs. */
static bool
take_entry(const cJSON *o, struct control_request *to, char *why)
{
	const cJSON *e = member(o, "entry");

	if (!cJSON_IsString(e) || strlen(e->valuestring) >= sizeof(to->entry) || *e->valuestring == '\0')
		return because_of(why, "'entry' is missing, or no entry");
	if (*e->valuestring == '@' || *e->valuestring == '{')
		return because_of(why, "an entry in words is wanted: HOST[:PORT] [private] [up=SIZE]");
	(void)snprintf(to->entry, sizeof(to->entry), "%s", e->valuestring);
	return true;
}

static bool
take_answer(const cJSON *o, struct control_request *to)
{
	const cJSON *ask = member(o, "ask"), *verdict = member(o, "verdict");

	if (!cJSON_IsNumber(ask) || ask->valuedouble < 1 || ask->valuedouble > (double)UINT32_MAX || !cJSON_IsString(verdict))
		return false;
	to->ask = (uint32_t)ask->valuedouble;
	to->yes = strcmp(verdict->valuestring, "allow") == 0;
	return to->yes || strcmp(verdict->valuestring, "deny") == 0;
}

static bool
take(const cJSON *o, struct control_request *to, char *why)
{
	if (!cJSON_IsObject(o))
		return because_of(why, "not a JSON object");
	if (!take_op(o, to))
		return because_of(why, "'op' is allow, deny, revoke, list, watch or answer");
	if (!take_seconds(o, to))
		return because_of(why, "'seconds' is a number up to a week, or null");
	if (to->op <= CONTROL_REVOKE)
		return take_entry(o, to, why);
	if (to->op == CONTROL_WATCH)
		to->yes = cJSON_IsTrue(member(o, "answers"));
	if (to->op == CONTROL_ANSWER && !take_answer(o, to))
		return because_of(why, "'ask' is the number of a question, 'verdict' is allow or deny");
	return true;
}

bool
control_read(const char *text, size_t len, struct control_request *to, char why[static 128])
{
	size_t i, n;
	cJSON *o;
	bool good;

	*to = (struct control_request){ .op = CONTROL_LIST };
	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(text + i, len - i);
		if (n == 0 || text[i] == '\0')
			return because_of(why, "not UTF-8");
	}
	if (memmem(text, len, "\\u0000", 6) != NULL)
		return because_of(why, "a NUL in it");
	o = cJSON_ParseWithLength(text, len);
	good = take(o, to, why);
	cJSON_Delete(o);
	return good;
}
