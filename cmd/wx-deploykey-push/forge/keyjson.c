/* SPDX-License-Identifier: MIT */
#include "keyjson.h"

#include <time.h>

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

/* A moment, which some write as milliseconds since the epoch. */
static bool
take_time(const cJSON *object, const char *name, char to[static 64])
{
	bool bad = false;
	const cJSON *item = member(object, name, &bad);
	struct tm tm;
	time_t t;

	if (bad || !cJSON_IsNumber(item))
		return take_string(object, name, to, 64);
	if (!(item->valuedouble >= 0 && item->valuedouble <= ID_LAST))
		return false;
	t = (time_t)(item->valuedouble / 1000);
	to[0] = '\0';
	return gmtime_r(&t, &tm) != NULL && strftime(to, 64, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0;
}

/* The N digits at S as a number; -1 if they are none. */
static int
digits(const char *s, size_t n)
{
	int value = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

/* TEXT, "2026-12-30T19:00:00", a fraction, "Z" or an offset, in seconds since the epoch; -1 if it is not of that form. */
static int64_t
moment(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00";
	struct tm tm = { 0 };
	const char *p;
	int64_t offset;
	size_t i;

	for (i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return -1;
	tm.tm_year = digits(text, 4) - 1900;
	tm.tm_mon = digits(text + 5, 2) - 1;
	tm.tm_mday = digits(text + 8, 2);
	tm.tm_hour = digits(text + 11, 2);
	tm.tm_min = digits(text + 14, 2);
	tm.tm_sec = digits(text + 17, 2);
	p = text + sizeof(form) - 1;
	if (*p == '.')
		p += 1 + strspn(p + 1, "0123456789");
	if (strcmp(p, "Z") == 0)
		return (int64_t)timegm(&tm);
	if ((*p != '+' && *p != '-') || strlen(p) != 6 || digits(p + 1, 2) == -1 || p[3] != ':' || digits(p + 4, 2) == -1)
		return -1;
	offset = digits(p + 1, 2) * 3600 + digits(p + 4, 2) * 60;
	return (int64_t)timegm(&tm) - (*p == '+' ? offset : -offset);
}

static bool
take_right(const cJSON *object, const struct key_form *f, struct key *out)
{
	char word[64] = "";
	enum yes can = UNSAID;

	out->read_only = f->never_writes ? YES : UNSAID;
	if (f->read_only != NULL)
		return take_bool(object, f->read_only, &out->read_only) && out->read_only != UNSAID;
	if (f->can_push != NULL) {
		if (!take_bool(object, f->can_push, &can) || can == UNSAID)
			return false;
		out->read_only = can == YES ? NO : YES;
	}
	if (f->permission != NULL) {
		if (!take_string(object, f->permission, word, sizeof(word)) || word[0] == '\0')
			return false;
		out->read_only = strcmp(word, "REPO_READ") == 0 ? YES : NO;
	}
	return true;
}

static bool
take_usage(const cJSON *object, const struct key_form *f, struct key *out)
{
	char word[64];

	out->logs_in = UNSAID;
	if (f->usage == NULL)
		return true;
	if (!take_string(object, f->usage, word, sizeof(word)))
		return false;
	/* Without the word, as of old, a key is for all. */
	out->logs_in = strcmp(word, "signing") == 0 ? NO : YES;
	return true;
}

static bool
take(const cJSON *object, const struct key_form *f, const struct wx_pubkey *wanted, struct key *out)
{
	bool bad = false, got;
	const cJSON *in = f->inside != NULL && cJSON_IsObject(object) ? member(object, f->inside, &bad) : object;

	got = !bad && cJSON_IsObject(in) && take_id(in, f->id, &out->id) && take_key(in, f->key, wanted, out) &&
	    take_string(in, f->title, out->title, sizeof(out->title)) && take_time(in, f->created_at, out->created_at) &&
	    take_string(in, f->last_used, out->last_used, sizeof(out->last_used)) &&
	    take_string(in, f->expires_at, out->expires_at, sizeof(out->expires_at)) &&
	    take_bool(object, f->enabled, &out->enabled) && take_right(object, f, out) && take_usage(object, f, out);
	out->expires = got && f->expires_at != NULL ? moment(out->expires_at) : -1;
	return got;
}

int
keyjson_list(const char *text, size_t len, const struct key_form *form, const struct wx_pubkey *key,
    void (*each)(const struct key *, void *), void *user)
{
	cJSON *root = parse(text, len);
	bool bad = false;
	const cJSON *item, *list = root;
	struct key k;
	int n = 0;

	if (form->list != NULL)
		list = cJSON_IsObject(root) ? member(root, form->list, &bad) : NULL;
	if (bad || !cJSON_IsArray(list))
		n = -1;
	cJSON_ArrayForEach(item, list)
		if (n != -1)
			n = take(item, form, key, &k) ? n + 1 : -1;
	if (n > 0 && each != NULL)
		cJSON_ArrayForEach(item, list)
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

void
keyjson_page_end(const char *text, size_t len, struct page_end *out)
{
	cJSON *root = parse(text, len);
	bool bad = false;
	const cJSON *start;

	*out = (struct page_end){ .last = UNSAID, .start = -1 };
	if (cJSON_IsObject(root)) {
		if (!take_bool(root, "isLastPage", &out->last))
			out->last = UNSAID;
		if (!take_string(root, "next", out->next, sizeof(out->next)))
			out->next[0] = '\0';
		start = member(root, "nextPageStart", &bad);
		if (!bad && cJSON_IsNumber(start) && start->valuedouble >= 0 && start->valuedouble <= 1e9)
			out->start = (int64_t)start->valuedouble;
	}
	cJSON_Delete(root);
}

/* Put S behind what is in TO, as much of it as fits. */
static void
append(char to[static KEYJSON_WORDS], const char *s)
{
	size_t had = strlen(to);

	(void)snprintf(to + had, KEYJSON_WORDS - had, "%s%s", had > 0 ? "; " : "", s);
}

/* The words in ITEM: it is a text, or holds texts, or has a member with one. */
static void
append_words(char to[static KEYJSON_WORDS], const cJSON *item)
{
	static const char *const names[] = { "message", "exceptionName" };
	const cJSON *words;
	bool bad = false;
	size_t i;

	if (cJSON_IsString(item))
		append(to, item->valuestring);
	if (cJSON_IsArray(item)) {
		cJSON_ArrayForEach(words, item) {
			if (cJSON_IsString(words))
				append(to, words->valuestring);
		}
	}
	for (i = 0; cJSON_IsObject(item) && i < sizeof(names) / sizeof(names[0]); i++) {
		words = member(item, names[i], &bad);
		if (cJSON_IsString(words))
			append(to, words->valuestring);
	}
}

/* Each member of OBJECT: its name, and its words. */
static void
append_members(char to[static KEYJSON_WORDS], const cJSON *object)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object) {
		append(to, item->string);
		append_words(to, item);
	}
}

/*
 * Forges say it in "message", a text or a map from members to texts; in "error", a text or an object with
 * "message", "detail" and "fields"; in "error_description"; and in the list "errors".
 */
void
keyjson_problem(const char *text, size_t len, struct problem *out)
{
	cJSON *root = parse(text, len);
	bool bad = false;
	const cJSON *message, *error, *errors, *item;

	out->message[0] = out->details[0] = '\0';
	if (cJSON_IsObject(root)) {
		message = member(root, "message", &bad);
		error = member(root, "error", &bad);
		errors = member(root, "errors", &bad);
		if (cJSON_IsString(message))
			append(out->message, message->valuestring);
		if (cJSON_IsObject(message))
			append_members(out->details, message);
		append_words(out->message, error);
		if (cJSON_IsObject(error)) {
			append_words(out->details, member(error, "detail", &bad));
			item = member(error, "fields", &bad);
			if (cJSON_IsObject(item))
				append_members(out->details, item);
		}
		append_words(out->message, member(root, "error_description", &bad));
		if (cJSON_IsArray(errors)) {
			cJSON_ArrayForEach(item, errors) {
				append_words(out->details, item);
			}
		}
	}
	cJSON_Delete(root);
}
