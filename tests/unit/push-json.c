/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* Which answers of a forge wx-deploykey-push believes. */
#include "cmd/wx-deploykey-push/forge/keyjson.c"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJKnDBFK1wKy6qYLyrZIYQGGzYbVPjPnOlvIKrCFf2Ez"
#define REST "\"key\":\"" KEY "\",\"title\":\"t\",\"read_only\":false"

static int n, bad, seen;
static const struct key_form form = { .id = "id", .key = "key", .title = "title", .created_at = "created_at",
    .last_used = "last_used", .enabled = "enabled", .read_only = "read_only" };
static struct wx_pubkey wanted;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static const struct key_form gitlab = { .id = "id", .key = "key", .title = "title", .expires_at = "expires_at", .can_push = "can_push" };
static const struct key_form signing = { .id = "id", .key = "key", .title = "title", .usage = "usage_type" };
static const struct key_form bitbucket = { .list = "values", .inside = "key", .id = "id", .key = "text", .title = "label",
    .created_at = "createdDate", .permission = "permission" };

static void
count(const struct key *k, void *user)
{
	(void)k;
	(void)user;
	seen++;
}

/* Is TEXT one key of this ID (0: none that is believed), alone and in a list? */
static void
one_is(const char *text, int64_t id)
{
	char list[4096];
	struct key k = { .id = 0 };
	bool got = keyjson_one(text, strlen(text), &form, &wanted, &k);
	int len = snprintf(list, sizeof(list), "[{\"id\":1," REST "},%s]", text);

	seen = 0;
	ok(got == (id != 0) && (!got || (k.id == id && k.wanted)), text);
	ok(keyjson_list(list, (size_t)len, &form, &wanted, count, NULL) == (id != 0 ? 2 : -1) && seen == (id != 0 ? 2 : 0), list);
}

static void
problem_is(const char *text, const char *message, const char *details)
{
	struct problem p;

	keyjson_problem(text, strlen(text), &p);
	ok(strcmp(p.message, message) == 0 && strcmp(p.details, details) == 0, text);
}

/* What of the one key TEXT, in the form F, is believed. */
static struct key
read_one(const struct key_form *f, const char *text)
{
	struct key k = { .id = 0 };

	if (!keyjson_one(text, strlen(text), f, &wanted, &k))
		k.id = 0;
	return k;
}

static void
test_forms(void)
{
	struct page_end end;
	struct key k = read_one(&gitlab, "{\"id\":7,\"key\":\"" KEY " a@b\",\"can_push\":true,\"expires_at\":\"2026-12-30T19:00:00.123+02:00\"}");
	const char *list = "{\"values\":[{\"key\":{\"id\":7,\"text\":\"" KEY "\",\"createdDate\":1000},\"permission\":\"REPO_READ\"}],"
	    "\"isLastPage\":false,\"nextPageStart\":25}";

	ok(k.id == 7 && k.wanted && k.read_only == NO && k.expires == INT64_C(1798650000), "can_push, and a moment with an offset");
	k = read_one(&gitlab, "{\"id\":7,\"key\":\"" KEY "\",\"can_push\":false,\"expires_at\":null}");
	ok(k.id == 7 && k.read_only == YES && k.expires == -1, "may not push, never expires");
	ok(read_one(&gitlab, "{\"id\":7,\"key\":\"" KEY "\"}").id == 0, "does not say whether it may push");
	ok(read_one(&signing, "{\"id\":7,\"key\":\"" KEY "\",\"usage_type\":\"signing\"}").logs_in == NO, "signing alone");
	ok(read_one(&signing, "{\"id\":7,\"key\":\"" KEY "\",\"usage_type\":\"auth\"}").logs_in == YES, "auth");
	ok(read_one(&signing, "{\"id\":7,\"key\":\"" KEY "\"}").logs_in == YES, "for all, as of old");
	seen = 0;
	ok(keyjson_list(list, strlen(list), &bitbucket, &wanted, count, NULL) == 1 && seen == 1, "a list in a member, keys in a member");
	ok(keyjson_list("[]", 2, &bitbucket, NULL, NULL, NULL) == -1 && keyjson_list(list, strlen(list), &form, NULL, NULL, NULL) == -1,
	    "a list of another form");
	k = read_one(&bitbucket, "{\"key\":{\"id\":7,\"text\":\"" KEY "\",\"createdDate\":1000},\"permission\":\"REPO_WRITE\"}");
	ok(k.id == 7 && k.read_only == NO && strcmp(k.created_at, "1970-01-01T00:00:01Z") == 0, "a permission, and milliseconds");
	ok(read_one(&bitbucket, "{\"key\":{\"id\":7,\"text\":\"" KEY "\"}}").id == 0, "no permission");
	ok(read_one(&bitbucket, "{\"key\":7,\"permission\":\"REPO_WRITE\"}").id == 0, "no key");
	keyjson_page_end(list, strlen(list), &end);
	ok(end.last == NO && end.start == 25 && end.next[0] == '\0', "a page, and where the next begins");
	keyjson_page_end("{\"isLastPage\":1,\"nextPageStart\":-1,\"next\":7}", 46, &end);
	ok(end.last == UNSAID && end.start == -1 && end.next[0] == '\0', "a page that says nothing");
	ok(moment("2026-01-01T00:00:00Z") == INT64_C(1767225600) && moment("2026-01-01") == -1 && moment("") == -1 &&
	    moment("2026-01-01T00:00:00") == -1 && moment("2026-01-01T00:00:00+0x:00") == -1, "moments");
}

int
main(void)
{
	char deep[64];

	ok(wx_pubkey_parse(KEY, strlen(KEY), &wanted) == WX_PUBKEY_OK, "the key");
	one_is("{\"id\":7," REST "}", 7);
	one_is("{\"id\":9007199254740991," REST "}", INT64_C(9007199254740991));
	one_is("{\"id\":9007199254740992," REST "}", 0);
	one_is("{\"id\":1.5," REST "}", 0);
	one_is("{\"id\":0," REST "}", 0);
	one_is("{\"id\":-7," REST "}", 0);
	one_is("{\"id\":\"7\"," REST "}", 0);
	one_is("{" REST "}", 0);
	one_is("{\"id\":7,\"id\":7," REST "}", 0);
	one_is("{\"id\":7," REST ",\"title\":\"u\"}", 0);
	one_is("{\"id\":7," REST ",\"enabled\":1}", 0);
	one_is("{\"id\":7," REST ",\"enabled\":null,\"other\":[{}]}", 7);
	one_is("{\"id\":7," REST ",\"last_used\":7}", 0);
	one_is("{\"id\":7," REST ",\"x\":\"\\u0000\"}", 0);
	one_is("{\"id\":7," REST ",\"x\":\"\\\\u0000\"}", 7);
	one_is("{\"id\":7," REST ",\"x\":\"\xff\"}", 0);
	one_is("{\"id\":7,\"key\":\"" KEY "\",\"title\":\"no read_only\"}", 0);
	one_is("[]", 0);
	one_is("7", 0);
	one_is("", 0);
	ok(keyjson_list("[] x", 4, &form, NULL, NULL, NULL) == -1 && keyjson_list("[]", 2, &form, NULL, NULL, NULL) == 0, "trailing");
	memset(deep, '[', 16);
	memset(deep + 16, ']', 16);
	deep[32] = '\0';
	ok(keyjson_list(deep, 32, &form, NULL, NULL, NULL) == -1 && parse(deep, 32) != NULL, "16 levels");
	memset(deep, '[', 17);
	memset(deep + 17, ']', 17);
	ok(parse(deep, 34) == NULL, "17 levels");
	problem_is("{\"message\":\"m\",\"errors\":[{\"message\":\"a\"},\"b\",7,{\"code\":\"c\"}]}", "m", "a; b");
	problem_is("{\"message\":7,\"errors\":{}}", "", "");
	problem_is("{\"message\":{\"deploy_key.fingerprint\":[\"has been taken\"]}}", "", "deploy_key.fingerprint; has been taken");
	problem_is("{\"error\":\"insufficient_scope\",\"error_description\":\"d\"}", "insufficient_scope; d", "");
	problem_is("{\"errors\":[{\"context\":null,\"message\":\"m\",\"exceptionName\":\"E\"}]}", "", "m; E");
	problem_is("{\"error\":{\"message\":\"m\",\"detail\":\"d\",\"fields\":{\"key\":[\"k\"]}}}", "m", "d; key; k");
	test_forms();
	problem_is("<html>", "", "");
	printf("1..%d\n", n);
	return bad;
}
