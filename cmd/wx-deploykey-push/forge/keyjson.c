/* SPDX-License-Identifier: MIT */
#include "keyjson.h"

#include <cjson/cJSON.h>

#include "libcommon/utf8.h"

#define DEPTH   16
#define ID_LAST 9007199254740991.0 /* 2^53 - 1: above, doubles are not exact */

/*
 * What cJSON lets pass: bytes that are no UTF-8, an escaped NUL, at which it
 * would end a string, and a depth that is only for it to bear.
 */
static bool
sound(const char *s, size_t len)
{
	size_t i, n, depth = 0;
	bool in_string = false;

	for (i = 0; i < len; i += n) {
		n = wx_utf8_len(s + i, len - i);
		if (n == 0 || s[i] == '\0')
			return false;
		if (in_string && s[i] == '\\') {
			if (len - i >= 6 && memcmp(s + i, "\\u0000", 6) == 0)
				return false;
			n = len - i >= 2 ? 2 : 1;
			/* What is escaped is ASCII, or cJSON refuses it. */
			if ((unsigned char)s[i + n - 1] >= 0x80)
				return false;
		} else if (s[i] == '"') {
			in_string = !in_string;
		} else if (!in_string && (s[i] == '[' || s[i] == '{')) {
			depth++;
		} else if (!in_string && (s[i] == ']' || s[i] == '}')) {
			depth -= depth > 0;
		}
		if (depth > DEPTH)
			return false;
	}
	return true;
}

static cJSON *
parse(const char *text, size_t len)
{
	return sound(text, len) ? cJSON_ParseWithLengthOpts(text, len + 1, NULL, 1) : NULL;
}

/* The member NAME of OBJECT; NULL if it has none, it is null, or NAME is NULL. *BAD: it is there twice. */
static const cJSON *
member(const cJSON *object, const char *name, bool *bad)
{
	const cJSON *item, *found = NULL;

	if (name == NULL)
		return NULL;
	cJSON_ArrayForEach(item, object) {
		if (item->string == NULL || strcmp(item->string, name) != 0)
			continue;
		*bad |= found != NULL;
		found = item;
	}
	return cJSON_IsNull(found) ? NULL : found;
}

/* The string NAME of OBJECT into TO, "" if it has none. False if it is no string or too long. */
static bool
take_string(const cJSON *object, const char *name, char *to, size_t cap)
{
	bool bad = false;
	const cJSON *item = member(object, name, &bad);
	size_t len;

	to[0] = '\0';
	if (bad || (item != NULL && !cJSON_IsString(item)))
		return false;
	if (item == NULL)
		return true;
	len = strlen(item->valuestring);
	if (len >= cap)
		return false;
	memcpy(to, item->valuestring, len + 1);
	return true;
}

static bool
take_bool(const cJSON *object, const char *name, enum yes *to)
{
	bool bad = false;
	const cJSON *item = member(object, name, &bad);

	*to = item == NULL ? UNSAID : cJSON_IsTrue(item) ? YES : NO;
	return !bad && (item == NULL || cJSON_IsBool(item));
}

static bool
take_id(const cJSON *object, const char *name, int64_t *id)
{
	bool bad = false;
	const cJSON *item = member(object, name, &bad);
	double d;

	if (bad || !cJSON_IsNumber(item))
		return false;
	d = item->valuedouble;
	if (!(d >= 1 && d <= ID_LAST) || d != (double)(int64_t)d)
		return false;
	*id = (int64_t)d;
	return true;
}

/*
 * The public key of OBJECT. One of a type that we do not know is no error: the
 * list may hold it, and we ask about no such key.
 */
static bool
take_key(const cJSON *object, const char *name, const struct wx_pubkey *wanted, struct key *out)
{
	bool bad = false;
	const cJSON *item = member(object, name, &bad);
	struct wx_pubkey key;

	out->fingerprint[0] = '\0';
	out->wanted = false;
	if (bad || !cJSON_IsString(item))
		return false;
	if (wx_pubkey_parse(item->valuestring, strlen(item->valuestring), &key) != WX_PUBKEY_OK)
		return true;
	wx_pubkey_fingerprint(&key, out->fingerprint);
	out->wanted = wanted != NULL && wanted->type_len == key.type_len && wanted->blob_len == key.blob_len &&
	    memcmp(wanted->type, key.type, key.type_len) == 0 && memcmp(wanted->blob, key.blob, key.blob_len) == 0;
	return true;
}

static bool
take(const cJSON *object, const struct key_form *f, const struct wx_pubkey *wanted, struct key *out)
{
	return cJSON_IsObject(object) && take_id(object, f->id, &out->id) && take_key(object, f->key, wanted, out) &&
	    take_string(object, f->title, out->title, sizeof(out->title)) &&
	    take_string(object, f->created_at, out->created_at, sizeof(out->created_at)) &&
	    take_string(object, f->last_used, out->last_used, sizeof(out->last_used)) &&
	    take_bool(object, f->read_only, &out->read_only) && take_bool(object, f->enabled, &out->enabled) &&
	    (f->read_only == NULL || out->read_only != UNSAID);
}

int
keyjson_list(const char *text, size_t len, const struct key_form *form, const struct wx_pubkey *key,
    void (*each)(const struct key *, void *), void *user)
{
	cJSON *root = parse(text, len);
	const cJSON *item;
	struct key k;
	int n = 0;

	if (!cJSON_IsArray(root))
		n = -1;
	cJSON_ArrayForEach(item, root)
		if (n != -1)
			n = take(item, form, key, &k) ? n + 1 : -1;
	if (n > 0 && each != NULL)
		cJSON_ArrayForEach(item, root)
			if (take(item, form, key, &k))
				each(&k, user);
	cJSON_Delete(root);
	return n;
}

bool
keyjson_one(const char *text, size_t len, const struct key_form *form, const struct wx_pubkey *key, struct key *out)
{
	cJSON *root = parse(text, len);
	bool got = take(root, form, key, out);

	cJSON_Delete(root);
	return got;
}

/* Put S behind what is in TO, as much of it as fits. */
static void
append(char to[static KEYJSON_WORDS], const char *s)
{
	size_t had = strlen(to);

	(void)snprintf(to + had, KEYJSON_WORDS - had, "%s%s", had > 0 ? "; " : "", s);
}

void
keyjson_problem(const char *text, size_t len, struct problem *out)
{
	cJSON *root = parse(text, len);
	bool bad = false;
	const cJSON *message = member(root, "message", &bad), *errors = member(root, "errors", &bad), *item, *words;

	out->message[0] = out->details[0] = '\0';
	if (cJSON_IsObject(root) && cJSON_IsString(message))
		append(out->message, message->valuestring);
	if (cJSON_IsObject(root) && cJSON_IsArray(errors)) {
		cJSON_ArrayForEach(item, errors) {
			words = cJSON_IsObject(item) ? member(item, "message", &bad) : item;
			if (cJSON_IsString(words))
				append(out->details, words->valuestring);
		}
	}
	cJSON_Delete(root);
}
