/* SPDX-License-Identifier: MIT */
/* PKGS: libcjson */
/* Hosts and names of repositories of wx-deploykey-push: what becomes an URL, and which URLs are taken. */
#include "cmd/wx-deploykey-push/forge/host.c"
#include "cmd/wx-deploykey-push/forge/repopath.c"

/* What of GitHub's row this is about. */
#include "cmd/wx-deploykey-push/forge/github.c"
#include "cmd/wx-deploykey-push/forge/forge.c"
#include "cmd/wx-deploykey-push/forge/keyjson.c"
#include "cmd/wx-deploykey-push/forge/link.c"
#include "cmd/wx-deploykey-push/forge/scope.c"
#include "cmd/wx-deploykey-push/say/say.c"

/* The other rows are not asked. */
const struct forge forge_gitlab = { .name = "" }, forge_gitea = { .name = "" }, forge_bitbucket = { .name = "" }, forge_bitbucket_cloud = { .name = "" };

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
api_is(const char *arg, const char *authority, const char *prefix, bool enterprise)
{
	struct host h;

	ok(host_set(&h, &forge_github, arg) == NULL && strcmp(h.authority, authority) == 0 && strcmp(h.prefix, prefix) == 0 &&
	    h.own == enterprise, arg);
}

static void
path_is(const struct host *h, const char *url, const char *want)
{
	const char *got = host_path(h, url);

	ok(want == NULL ? got == NULL : got != NULL && strcmp(got, want) == 0, url);
}

static void
test_paths(void)
{
	struct host h;

	(void)host_set(&h, &forge_github, "github.com");
	path_is(&h, "https://api.github.com/repositories/1/keys?page=2", "/repositories/1/keys?page=2");
	path_is(&h, "HTTPS://API.GitHub.com/x", "/x");
	path_is(&h, "https://api.github.com:443/x", "/x");
	path_is(&h, "/x?y", "/x?y");
	path_is(&h, "https://github.com/x", NULL);
	path_is(&h, "http://api.github.com/x", NULL);
	path_is(&h, "https://api.github.com.evil.example/x", NULL);
	path_is(&h, "https://api.github.com@evil.example/x", NULL);
	path_is(&h, "https://api.github.com:443@evil.example/x", NULL);
	path_is(&h, "https://evil.example/https://api.github.com/x", NULL);
	path_is(&h, "https://api.github.com:4430/x", NULL);
	path_is(&h, "https://api.github.com", NULL);
	path_is(&h, "//evil.example/x", NULL);
	path_is(&h, "https://api.github.com//x", NULL);
	path_is(&h, "https://api.github.com/a/../x", NULL);
	path_is(&h, "https://api.github.com\\@evil.example/", NULL);
	path_is(&h, "https://api.github.com/x y", NULL);
	path_is(&h, "x", NULL);
	path_is(&h, "", NULL);
	ok(host_web_url(&h, "https://github.com/orgs/o/sso?authorization_request=A1"), "SSO's page");
	ok(!host_web_url(&h, "https://github.com.evil.example/orgs"), "a longer name");
	ok(!host_web_url(&h, "https://github.com@evil.example/orgs"), "a user");
	ok(!host_web_url(&h, "https://github.com/\033[31m"), "an escape");
	ok(!host_web_url(&h, "https://github.com/$(x)"), "a shell's words");
	ok(!host_web_url(&h, "http://github.com/orgs"), "no TLS");
	ok(!host_web_url(&h, "https://api.github.com/orgs"), "the API is no page");
	(void)host_set(&h, &forge_github, "Git.Example:8443");
	path_is(&h, "https://git.example:8443/api/v3/x", "/api/v3/x");
	path_is(&h, "https://git.example/api/v3/x", NULL);
	path_is(&h, "https://git.example:443/api/v3/x", NULL);
}

static void
test_names(void)
{
	static const char *const good[] = { "a/b", "a-b_c/d.e-f_G", "a/-x", "a/...", "A0/.github" };
	static const char *const none[] = { "", "a", "a/", "/a", "a/b/c", "-a/b", "a/.", "a/..", "a/b.git", "a/.git",
	    "a/b%20", "a b/c", "a/b\n", "\xc3\xbc/b", "a.b/c" };
	char long_name[300];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ok(repopath_two_fault(good[i]) == NULL, good[i]);
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ok(repopath_two_fault(none[i]) != NULL, none[i]);
	memset(long_name, 'x', sizeof(long_name));
	long_name[1] = '/';
	long_name[102] = '\0';
	ok(repopath_two_fault(long_name) == NULL, "100 characters");
	long_name[102] = 'x';
	long_name[103] = '\0';
	ok(repopath_two_fault(long_name) != NULL, "101 characters");
}

int
main(void)
{
	struct host h;

	api_is("github.com", "api.github.com", "", false);
	api_is("GitHub.COM", "api.github.com", "", false);
	api_is("acme.ghe.com", "api.acme.ghe.com", "", false);
	api_is("git.example", "git.example", "/api/v3", true);
	api_is("git.example:443", "git.example", "/api/v3", true);
	api_is("git.example:8443", "git.example:8443", "/api/v3", true);
	api_is("127.0.0.1:1", "127.0.0.1:1", "/api/v3", true);
	api_is("notgithub.com", "notgithub.com", "/api/v3", true);
	api_is("github.com.example", "github.com.example", "/api/v3", true);
	ok(host_set(&h, &forge_github, "github.com:443") != NULL, "github.com has no port");
	ok(host_set(&h, &forge_github, "www.github.com") != NULL, "www.github.com");
	ok(host_set(&h, &forge_github, "a.b.ghe.com") != NULL, "a.b.ghe.com");
	ok(host_set(&h, &forge_github, "a:65536") != NULL && host_set(&h, &forge_github, "a:0") != NULL && host_set(&h, &forge_github, "a:1x") != NULL, "ports");
	test_paths();
	test_names();
	printf("1..%d\n", n);
	return bad;
}
