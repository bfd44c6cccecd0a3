/* SPDX-License-Identifier: MIT */
/* hostsyml.c of wx-deploykey-push. */
#include "cmd/wx-deploykey-push/token/hostsyml.c"
#include "cmd/wx-deploykey-push/token/teayml.c"
#include "cmd/wx-deploykey-push/token/yamlline.c"

static int n, bad;

/* TOKEN: NULL for HOSTSYML_NONE; LINE > 0 for HOSTSYML_BAD there. */
static void
is(const char *text, const char *token, size_t line)
{
	char got[16] = "";
	size_t at = 0;
	enum hostsyml h = hostsyml_token(text, strlen(text), "h:1", got, sizeof(got), &at);
	bool ok = line > 0 ? h == HOSTSYML_BAD && at == line :
	    token == NULL ? h == HOSTSYML_NONE : h == HOSTSYML_TOKEN && strcmp(got, token) == 0;

	printf("%sok %d\n", ok ? "" : "not ", ++n);
	if (!ok)
		printf("# %d, line %zu, '%s' for:\n%s\n", (int)h, at, got, text);
	bad |= !ok;
}

static void
test_sound(void)
{
	is("", NULL, 0);
	is("{}\n", NULL, 0);
	is("# nothing\n\n   \n", NULL, 0);
	is("h:1:\n    oauth_token: t\n", "t", 0);
	is("h:1:\n    oauth_token: t", "t", 0);
	is("h:1:\r\n    oauth_token: t\r\n", "t", 0);
	is("'h:1':\n  oauth_token: 't'\n", "t", 0);
	is("\"h:1\":\n  \"oauth_token\": \"t\" # x\n", "t", 0);
	is("h:1:\n  oauth_token: t#x # y\n", "t#x", 0);
	is("h:1:\n  oauth_token:\n", NULL, 0);
	is("h:1:\n  oauth_token: \"\"\n", NULL, 0);
	is("h:1:\n  user: u\n  users:\n    u:\n      oauth_token: t\n", "t", 0);
	is("h:1:\n  users:\n    v:\n      oauth_token: s\n    u:\n      oauth_token: t\n  user: u\n", "t", 0);
	is("h:1:\n  users:\n    u:\n      oauth_token: s\n  user: u\n  oauth_token: t\n", "t", 0);
	is("h:1:\n  users:\n    u:\n      oauth_token: s\n", NULL, 0);
	is("h:1:\n  users: {}\n  user: u\n", NULL, 0);
	is("h:1:\n  users:\n    u:\n  user: u\n", NULL, 0);
}

/* Nothing of another host, of another level, or of a name that is only like it. */
static void
test_elsewhere(void)
{
	is("g:\n  oauth_token: t\n", NULL, 0);
	is("h:\n  oauth_token: t\n", NULL, 0);
	is("h:12:\n  oauth_token: t\n", NULL, 0);
	is("oauth_token: t\nh:1:\n  user: u\n", NULL, 0);
	is("g:\n  h:1:\n    oauth_token: t\n", NULL, 0);
	is("h:1:\n  x:\n    oauth_token: t\n", NULL, 0);
	is("h:1:\n  users:\n    v:\n      oauth_token: t\n  user: u\n", NULL, 0);
	is("h:1:\n  user: u\ng:\n  oauth_token: t\n  users:\n    u:\n      oauth_token: t\n", NULL, 0);
	is("h:1:\n  user: u\n  others:\n    u:\n      oauth_token: t\n", NULL, 0);
}

static void
test_bad(void)
{
	is("h:1\n", NULL, 1);
	is("  h:1:\n", NULL, 1);
	is("h:1:\n\toauth_token: t\n", NULL, 2);
	is("h:1:\n  oauth_token: t\n h: x\n", NULL, 3);
	is("h:1:\n  user: u\n    oauth_token: t\n", NULL, 3);
	is("h:1:\n  oauth_token: t\n  oauth_token: t\n", NULL, 3);
	is("h:1:\n  user: u\nh:1:\n  oauth_token: t\n", NULL, 3);
	is("h:1:\n  oauth_token: [t]\n", NULL, 2);
	is("h:1:\n  oauth_token: &a t\n", NULL, 2);
	is("h:1:\n  oauth_token: |\n    t\n", NULL, 2);
	is("h:1:\n  oauth_token: \"a\\nb\"\n", NULL, 2);
	is("h:1:\n  oauth_token: 'a''b'\n", NULL, 2);
	is("h:1:\n  oauth_token: \"a\n", NULL, 2);
	is("h:1:\n  oauth_token: \"a\" b\n", NULL, 2);
	is("h:1:\n  oauth_token: a: b\n", NULL, 2);
	is("h:1:\n  oauth_token: \xff\n", NULL, 2);
	is("h:1:\n  oauth_token: \033[31m\n", NULL, 2);
	is("h:1:\n  - a\n", NULL, 2);
	is("---\nh:1:\n", NULL, 1);
	is("h:1:\n  oauth_token: 1234567890123456\n", NULL, 2);
	is("a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i:\n", NULL, 9);
	is("h:1:\n  ? a\n", NULL, 2);
}

int
main(void)
{
	test_sound();
	test_elsewhere();
	test_bad();
	printf("1..%d\n", n);
	return bad;
}
