/* SPDX-License-Identifier: MIT */
#include "claude.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "libcommon/proc.h"

/* 9999-12-31T23:59:59Z in ms: RFC 3339 ends here, and doubles are still exact. */
#define MS_MAX 253402300799000.0

#define YEAR ((int64_t)365 * 24 * 3600)   /* in seconds */

/* Each block remembers its size, so that the parser's copies can be wiped. */
union block {
	size_t size;
	max_align_t align;
};

static void *
block_alloc(size_t size)
{
	union block *b = size < SIZE_MAX - sizeof(*b) ? malloc(sizeof(*b) + size) : NULL;

	if (b == NULL)
		return NULL;
	b->size = size;
	return b + 1;
}

static void
block_free(void *p)
{
	union block *b = p;

	if (b == NULL)
		return;
	b--;
	wx_wipe(p, b->size);
	free(b);
}

/*
 * The member KEY of OBJECT, or NULL. Twice is bad: readers differ in which one
 * they take, and Claude Code's takes the last where cJSON takes the first.
 */
static const cJSON *
member(const cJSON *object, const char *key, bool *twice)
{
	const cJSON *item, *found = NULL;

	cJSON_ArrayForEach(item, object) {
		if (item->string == NULL || strcmp(item->string, key) != 0)
			continue;
		*twice |= found != NULL;
		found = item;
	}
	return found;
}

static const char *
take_expiry(const cJSON *at, int64_t *expires)
{
	double ms;

	*expires = -1;
	if (at == NULL || cJSON_IsNull(at))
		return NULL;
	ms = at->valuedouble;
	if (!cJSON_IsNumber(at) || !(ms >= 0 && ms <= MS_MAX) || ms != (double)(int64_t)ms)
		return "expiresAt is not a time in milliseconds";
	*expires = (int64_t)ms / 1000;
	return NULL;
}

static enum claude
take_login(const cJSON *root, char *value, size_t cap, int64_t *expires, const char **why)
{
	const cJSON *login, *token, *at;
	bool twice = false;
	size_t len;

	*why = "it is not an object";
	if (!cJSON_IsObject(root))
		return CLAUDE_BAD;
	login = member(root, "claudeAiOauth", &twice);
	token = member(login, "accessToken", &twice);
	at = member(login, "expiresAt", &twice);
	*why = "a key is there twice";
	if (twice)
		return CLAUDE_BAD;
	if (login == NULL || cJSON_IsNull(login))
		return CLAUDE_NO_LOGIN;
	*why = "claudeAiOauth is not an object with an accessToken";
	if (!cJSON_IsObject(login) || !cJSON_IsString(token))
		return CLAUDE_BAD;
	len = strlen(token->valuestring);
	if (len == 0)
		return CLAUDE_NO_LOGIN;
	*why = "accessToken is too long";
	if (len >= cap)
		return CLAUDE_BAD;
	*why = take_expiry(at, expires);
	if (*why != NULL)
		return CLAUDE_BAD;
	memcpy(value, token->valuestring, len + 1);
	return CLAUDE_TOKEN;
}

enum claude
claude_parse(const char *text, size_t len, char *value, size_t cap, int64_t *expires,
    const char **why)
{
	cJSON_Hooks hooks = { block_alloc, block_free };
	enum claude ret;
	cJSON *root;

	/* cJSON takes a NUL for white space, and ends a string at an escaped one. */
	*why = "it holds a NUL";
	if (memchr(text, '\0', len) != NULL || strstr(text, "\\u0000") != NULL)
		return CLAUDE_BAD;
	cJSON_InitHooks(&hooks);
	*why = "it is not JSON";
	root = cJSON_ParseWithLengthOpts(text, len + 1, NULL, 1);
	if (root == NULL)
		return CLAUDE_BAD;
	ret = take_login(root, value, cap, expires, why);
	cJSON_Delete(root);
	return ret;
}

size_t
claude_file(char *out, const char *value, int64_t expires, int64_t now)
{
	static const char head[] = "{\"claudeAiOauth\":{\"accessToken\":\"";
	char *p = out + sizeof(head) - 1;
	int n;

	memcpy(out, head, sizeof(head) - 1);
	/* A printable line: nothing else has to be escaped (RFC 8259, 7). */
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			*p++ = '\\';
		*p++ = *value;
	}
	if (expires == -1)
		expires = now + YEAR;
	n = snprintf(p, 80, "\",\"expiresAt\":%" PRId64 "000,\"scopes\":[\"user:inference\"]}}", expires);
	return (size_t)(p - out) + (size_t)n;
}
