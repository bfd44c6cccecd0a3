/* SPDX-License-Identifier: MIT */
/* What wx-deploykey-push reads from an answer's header: Link, limits, scopes. */
#include "cmd/wx-deploykey-push/forge/link.c"
#include "cmd/wx-deploykey-push/http/ratelimit.c"
#include "cmd/wx-deploykey-push/forge/scope.c"

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
link_is(const char *value, enum link want, const char *url)
{
	char next[64] = "";
	enum link got = link_next(value, next, sizeof(next));

	ok(got == want && (url == NULL || strcmp(next, url) == 0), value);
}

static void
test_link(void)
{
	char longest[100];

	link_is("", LINK_NONE, NULL);
	link_is("<u>; rel=\"next\"", LINK_NEXT, "u");
	link_is("<p>; rel=\"prev\", <u>; rel=\"next\", <l>; rel=\"last\"", LINK_NEXT, "u");
	link_is(" , <u> ;rel = next , ", LINK_NEXT, "u");
	link_is("<u>; REL=\"Next\"", LINK_NEXT, "u");
	link_is("<u>; title=\"a, <b>; rel=next\"; rel=\"last next\"", LINK_NEXT, "u");
	link_is("<u>; title=\"rel=next\"", LINK_NONE, NULL);
	link_is("<u>; rel=\"nextish\", <v>; rel=\"prev\"", LINK_NONE, NULL);
	link_is("<u>", LINK_NONE, NULL);
	link_is("<u>; rel=next, <v>; rel=next", LINK_BAD, NULL);
	link_is("<u; rel=next", LINK_BAD, NULL);
	link_is("u>; rel=next", LINK_BAD, NULL);
	link_is("<>; rel=next", LINK_BAD, NULL);
	link_is("<u v>; rel=next", LINK_BAD, NULL);
	link_is("<u>; rel=\"next", LINK_BAD, NULL);
	link_is("<u>; rel=\"a\\\"b\"", LINK_BAD, NULL);
	link_is("<u>; =next", LINK_BAD, NULL);
	link_is("<u> rel=next", LINK_BAD, NULL);
	memset(longest, 'x', sizeof(longest));
	longest[0] = '<';
	(void)snprintf(longest + 80, 20, ">; rel=next");
	link_is(longest, LINK_BAD, NULL);
	ok(link_page("https://h/k?per_page=100&page=2") == 2 && link_page("/k?page=31") == 31, "page");
	ok(link_page("/k?per_page=100") == -1 && link_page("/k") == -1 && link_page("/k?page=") == -1 &&
	    link_page("/k?page=99999999999") == -1, "no page");
}

static void
test_limit(void)
{
	struct ratelimit none = { -1, -1, -1, -1 }, r = none;

	ok(ratelimit_wait(403, &none, false, 1000) == -1, "403 alone is no limit");
	ok(ratelimit_wait(404, &r, true, 1000) == -1, "404 never");
	ok(ratelimit_wait(429, &none, false, 1000) == 60, "429 alone: a minute");
	ok(ratelimit_wait(403, &none, true, 1000) == 60, "secondary, without a time: a minute");
	r.retry_after = 7;
	r.remaining = 0;
	r.reset = 2000;
	ok(ratelimit_wait(403, &r, false, 1000) == 7, "Retry-After goes before the reset");
	r.retry_after = 0;
	ok(ratelimit_wait(429, &r, false, 1000) == 1, "a second at the least");
	r.retry_after = -1;
	ok(ratelimit_wait(403, &r, false, 1000) == 1000, "until the reset");
	r.date = 1990;
	ok(ratelimit_wait(403, &r, false, 1000) == 10, "by the server's clock");
	r.date = 3000;
	ok(ratelimit_wait(403, &r, false, 1000) == 1, "a reset that is past");
	r.date = -1;
	r.remaining = 5;
	ok(ratelimit_wait(403, &r, false, 1000) == -1, "some are left");
	ok(ratelimit_wait(429, &r, false, 1000) == 60, "429, some left: a minute");
	r.retry_after = INT64_C(999999999999999);
	ok(ratelimit_wait(429, &r, false, 1000) == INT64_C(366) * 86400, "bounded");
}

static void
test_scope(void)
{
	ok(scope_satisfies("gist, repo", "repo"), "the very one");
	ok(!scope_satisfies("gist", "repo") && !scope_satisfies("", "repo"), "another, none");
	ok(scope_satisfies("", "") && scope_satisfies("x", " "), "none wanted");
	ok(scope_satisfies("repo", "public_repo") && !scope_satisfies("public_repo", "repo"), "repo is wider");
	ok(scope_satisfies("admin:ssh_signing_key", "read:ssh_signing_key"), "admin reads");
	ok(scope_satisfies("write:ssh_signing_key", "read:ssh_signing_key"), "write reads");
	ok(!scope_satisfies("read:ssh_signing_key", "write:ssh_signing_key"), "read does not write");
	ok(!scope_satisfies("admin:public_key", "read:ssh_signing_key"), "another thing");
	ok(scope_satisfies("gist", "repo, gist") && !scope_satisfies("repository", "repo"), "one of; a longer word");
	ok(!scope_satisfies("repo:status", "repo"), "a part of repo");
}

int
main(void)
{
	test_link();
	test_limit();
	test_scope();
	printf("1..%d\n", n);
	return bad;
}
