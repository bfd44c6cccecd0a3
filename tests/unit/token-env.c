/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* wx-token-env: the edges of expiry, the kinds, and Claude's credentials file. */
#include <stdbool.h>

#include "cmd/wx-token-env/claude.c"
#include "cmd/wx-token-env/expiry.c"
#include "cmd/wx-token-env/status.c"

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
text_is(int64_t at, const char *want)
{
	char text[EXPIRY_TEXT];

	expiry_text(at, text);
	ok(strcmp(text, want) == 0, want);
}

static enum claude
parse(const char *text, char value[static 16], int64_t *expires)
{
	const char *why;

	return claude_parse(text, strlen(text), value, 16, expires, &why);
}

static void
claude_is(const char *text, enum claude want)
{
	char value[16];
	int64_t at;

	ok(parse(text, value, &at) == want, text);
}

static void
expiry(void)
{
	const int64_t week = 7 * 86400, now = 1000000000;

	ok(expiry_of(-1, now) == EXPIRY_OK, "does not say");
	ok(expiry_of(now, now) == EXPIRY_PAST && expiry_of(0, now) == EXPIRY_PAST, "this second is past");
	ok(expiry_of(now + 1, now) == EXPIRY_SOON, "the next is soon");
	ok(expiry_of(now + week - 1, now) == EXPIRY_SOON, "a second less than a week");
	ok(expiry_of(now + week, now) == EXPIRY_OK, "a week");
	ok(expiry_days(now + week - 1, now) == 6 && expiry_days(now + 1, now) == 0, "days left");
	ok(expiry_days(now - 1, now) == -1 && expiry_days(now - 86401, now) == -2, "days since");
	text_is(0, "1970-01-01T00:00:00Z");
	text_is(253402300799, "9999-12-31T23:59:59Z");
}

static void
kinds_of(void)
{
	ok(strcmp(wx_secret_kind("sk-ant-oat01-x"), "claude-oauth") == 0, "claude-oauth");
	ok(strcmp(wx_secret_kind("sk-ant-api03-x"), "anthropic-api") == 0, "anthropic-api");
	ok(strcmp(wx_secret_kind("ghp_x"), "github-classic") == 0, "github-classic");
	ok(strcmp(wx_secret_kind("github_pat_x"), "github-fine-grained") == 0, "github-fine-grained");
	ok(strcmp(wx_secret_kind("gho_x"), "github-oauth") == 0, "github-oauth");
	ok(strcmp(wx_secret_kind("ghs_x"), "github-app") == 0, "github-app");
	ok(strcmp(wx_secret_kind("ghu_x"), "github-app-user") == 0, "github-app-user");
	ok(strcmp(wx_secret_kind("xghp_"), "unknown") == 0 && strcmp(wx_secret_kind("gh"), "unknown") == 0, "unknown");
}

int
main(void)
{
	char value[16];
	int64_t at;

	expiry();
	kinds_of();
	ok(parse("{\"claudeAiOauth\":{\"accessToken\":\"tok\",\"expiresAt\":1999}}\n", value, &at) ==
	    CLAUDE_TOKEN && strcmp(value, "tok") == 0 && at == 1, "a login, ms rounded down");
	ok(parse("{\"claudeAiOauth\":{\"accessToken\":\"tok\"}}", value, &at) == CLAUDE_TOKEN && at == -1,
	    "no expiresAt");
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"tok\",\"expiresAt\":null}}", CLAUDE_TOKEN);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"123456789012345\"}}", CLAUDE_TOKEN);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"1234567890123456\"}}", CLAUDE_BAD);
	claude_is("{}", CLAUDE_NO_LOGIN);
	claude_is("{\"mcpOAuth\":{\"accessToken\":\"x\"}}", CLAUDE_NO_LOGIN);
	claude_is("{\"claudeAiOauth\":null}", CLAUDE_NO_LOGIN);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"\"}}", CLAUDE_NO_LOGIN);
	claude_is("", CLAUDE_BAD);
	claude_is("[]", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":\"tok\"}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{}}", CLAUDE_BAD);
	claude_is("{\"claudeaioauth\":{\"accessToken\":\"x\"}}", CLAUDE_NO_LOGIN);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":1}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\"}} x", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\\u0000y\"}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\",\"accessToken\":\"y\"}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\",\"expiresAt\":\"1\"}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\",\"expiresAt\":1.5}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\",\"expiresAt\":-1}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\",\"expiresAt\":253402300799001}}", CLAUDE_BAD);
	claude_is("{\"claudeAiOauth\":{\"accessToken\":\"x\",\"expiresAt\":1e999}}", CLAUDE_BAD);
	printf("1..%d\n", n);
	return bad;
}
