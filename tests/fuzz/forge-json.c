/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* Answers of a forge: lists, one key, errors, with what keyjson.h promises. */
#include "cmd/wx-deploykey-push/forge/keyjson.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int seen;

#define MEMBERS .id = "id", .key = "key", .title = "title", .created_at = "created_at", .last_used = "last_used", \
    .enabled = "enabled"

static const struct key_form forms[] = {
	{ MEMBERS, .read_only = "read_only" },
	{ MEMBERS },
	{ MEMBERS, .expires_at = "expires_at", .can_push = "can_push" },
	{ MEMBERS, .usage = "usage_type" },
	{ .list = "values", .inside = "key", .id = "id", .key = "text", .title = "label", .created_at = "createdDate",
	    .permission = "permission" },
	{ .list = "values", MEMBERS, .never_writes = true },
};

static void
check(const struct key *k)
{
	if (k->id < 1 || k->id > INT64_C(9007199254740991))
		abort();
	if (memchr(k->title, '\0', sizeof(k->title)) == NULL || memchr(k->created_at, '\0', sizeof(k->created_at)) == NULL ||
	    memchr(k->last_used, '\0', sizeof(k->last_used)) == NULL)
		abort();
	if (k->fingerprint[0] != '\0' && strlen(k->fingerprint) != WX_FINGERPRINT - 1)
		abort();
	if (k->wanted && k->fingerprint[0] == '\0')
		abort();
}

static void
each(const struct key *k, void *user)
{
	(void)user;
	check(k);
	seen++;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJKnDBFK1wKy6qYLyrZIYQGGzYbVPjPnOlvIKrCFf2Ez";
	/* The exact size, so that the sanitizer sees a read behind the NUL. */
	char *text = malloc(size + 1);
	struct wx_pubkey key;
	static struct page_end end;
	struct problem p;
	struct key k;
	size_t i;
	int n;

	if (text == NULL || wx_pubkey_parse(line, sizeof(line) - 1, &key) != WX_PUBKEY_OK)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		seen = 0;
		n = keyjson_list(text, size, &forms[i], &key, each, NULL);
		if (seen != (n == -1 ? 0 : n))
			abort();
		if (keyjson_one(text, size, &forms[i], &key, &k))
			check(&k);
	}
	keyjson_page_end(text, size, &end);
	if (end.start < -1 || memchr(end.next, '\0', sizeof(end.next)) == NULL)
		abort();
	keyjson_problem(text, size, &p);
	if (memchr(p.message, '\0', sizeof(p.message)) == NULL || memchr(p.details, '\0', sizeof(p.details)) == NULL)
		abort();
	free(text);
	return 0;
}
