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
	problem_is("<html>", "", "");
	printf("1..%d\n", n);
	return bad;
}
