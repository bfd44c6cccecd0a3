/* SPDX-License-Identifier: MIT */
/* GitHub: github.com, SUBDOMAIN.ghe.com, and servers of GitHub Enterprise. */
#include "forge.h"
#include "forges.h"

#include <strings.h>

#include "http/http.h"
#include "repopath.h"
#include "say/say.h"
#include "scope.h"

/* --- where things are */

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

static const char *
place(struct host *h, bool port_given)
{
	bool cloud = ends_with(h->web, ".ghe.com");

	if (strcmp(h->web, "ghe.com") == 0 || ends_with(h->web, ".github.com"))
		return "it is not a forge's name: say github.com, or SUBDOMAIN.ghe.com";
	if (!cloud && strcmp(h->web, "github.com") != 0) {
		host_own_api(h, "/api/v3");
		return NULL;
	}
	if (port_given)
		return "github.com and ghe.com take no port";
	if (cloud && strchr(h->web, '.') != h->web + strlen(h->web) - strlen(".ghe.com"))
		return "it is not a forge's name: say SUBDOMAIN.ghe.com";
	if (strlen(h->web) + strlen("api.") > HOST_NAME)
		return "it is too long";
	(void)snprintf(h->authority, sizeof(h->authority), "api.%.*s", HOST_NAME - 4, h->web);
	return NULL;
}

static void
base(char to[static FORGE_BASE], const char *repo)
{
	if (repo != NULL)
		(void)snprintf(to, FORGE_BASE, "/repos/%s", repo);
	else
		(void)snprintf(to, FORGE_BASE, "/user");
}

/*
 * GitHub answers for a repository that was renamed or moved with its number:
 * 301 or 307 to /repositories/ID and the rest of the path. That very form, of
 * this origin, becomes the new base; no other redirect is obeyed.
 */
static bool
moved(const struct host *h, const struct http_answer *ans, char to[static FORGE_BASE], const char *tail)
{
	const char *path = host_path(h, ans->location), *rest;
	size_t digits, tail_len = strcspn(tail, "?");
	static const char by_id[] = "/repositories/";

	if (ans->status != 301 && ans->status != 307 && ans->status != 308)
		return false;
	if (path == NULL || strncmp(path, h->prefix, strlen(h->prefix)) != 0)
		return false;
	path += strlen(h->prefix);
	if (strncmp(path, by_id, strlen(by_id)) != 0)
		return false;
	digits = strspn(path + strlen(by_id), "0123456789");
	rest = path + strlen(by_id) + digits;
	if (digits == 0 || digits > 19 || strcspn(rest, "?") != tail_len || memcmp(rest, tail, tail_len) != 0)
		return false;
	(void)snprintf(to, FORGE_BASE, "%.*s", (int)(rest - path), path);
	return true;
}

/* --- changes */

static void
body(FILE *fp, const struct new_key *k)
{
	(void)fputc('{', fp);
	forge_put_pair(fp, "title", "key", k);
	if (!k->signing)
		(void)fprintf(fp, ",\"read_only\":%s", k->read_only ? "true" : "false");
	(void)fputc('}', fp);
}

static bool
in_use(const struct refusal *r, const struct problem *p)
{
	return r->ans->status == 422 &&
	    (forge_speaks_of(p->details, "already in use") || forge_speaks_of(p->details, "already been taken"));
}

static void
say_elsewhere(const char *repo)
{
	if (repo != NULL)
		say("the key is in use elsewhere: at another repository or account, which only one may; make "
		    "another with wx-keygen for '%s'", repo);
	else
		say("the key is in use elsewhere: at another account, or as a deploy key; make another with "
		    "wx-keygen for signing");
}

/* What is revoked with TOKEN, by its published prefix. Keys that an App's token added outlive it. */
static void
say_life(const char *token)
{
	static const struct { const char *prefix, *words; } kinds[] = {
		{ "ghp_", "a classic personal access token (ghp_)" },
		{ "github_pat_", "a fine-grained personal access token (github_pat_)" },
		{ "gho_", "an OAuth token, such as the login of gh (gho_)" },
		{ "ghs_", NULL },
		{ "ghu_", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(token, kinds[i].prefix, strlen(kinds[i].prefix)) != 0)
			continue;
		if (kinds[i].words != NULL)
			say("warning: the key was made with %s: the forge removes it when that token is revoked", kinds[i].words);
		return;
	}
	say("warning: the forge removes the key when the token that made it is revoked");
}

/* --- what it refuses */

static void
say_scope(const struct refusal *r)
{
	const char *ask = scope_to_ask(r->verb, r->repo == NULL);

	say("the token from %s lacks the scope '%s' (it has: %s); mend it with: gh auth refresh -h %s -s %s",
	    r->token_from, ask, r->ans->scopes[0] != '\0' ? r->ans->scopes : "none", r->host->name, ask);
}

static bool
lacks_scope(const struct refusal *r)
{
	if (!r->ans->has_scopes || scope_satisfies(r->ans->scopes, scope_accepted(r->verb, r->repo == NULL)))
		return false;
	say_scope(r);
	return true;
}

/*
 * X-GitHub-SSO: required; url=URL. The user will open what we print, so it must
 * be a page of the forge itself.
 */
static void
say_sso(const struct refusal *r)
{
	const char *url = strstr(r->ans->sso, "url=");

	if (url != NULL && host_web_url(r->host, url + 4))
		say("the organisation wants the token to be authorised for SAML single sign-on; open: %s", url + 4);
	else
		say("the organisation wants the token to be authorised for SAML single sign-on; "
		    "do it on the page of your tokens (its address in the answer leads elsewhere and is not shown)");
}

static void
say_permission(const struct refusal *r)
{
	say("the token from %s has no permission for this; give it %s%s%s%s", r->token_from,
	    r->repo == NULL ? "the account permission 'SSH signing keys: read and write'" :
	    "the repository permission 'Administration: read and write'",
	    r->ans->permissions[0] != '\0' ? " (the forge asks for " : "", r->ans->permissions,
	    r->ans->permissions[0] != '\0' ? ")" : "");
}

static void
say_invalid(const char *what, const struct problem *p)
{
	if (forge_speaks_of(p->details, "disabled"))
		say("deploy keys are disabled for '%s' by its organisation: an owner can allow them in the "
		    "organisation's settings, under member privileges", what);
	else if (forge_speaks_of(p->details, "invalid"))
		say("the forge does not take this kind of key: %s", p->details);
	else
		say("the forge refused the request: %s", p->details[0] != '\0' ? p->details : p->message);
}

static void
say_other(const struct refusal *r, const char *what, const struct problem *p)
{
	int status = r->ans->status;

	if (status == 403 && forge_speaks_of(p->message, "archived"))
		say("'%s' is archived, and so read-only; unarchive it first", what);
	else if ((status == 403 || status == 404) && forge_speaks_of(p->message, "not accessible"))
		say_permission(r);
	else if (status == 404 && r->repo == NULL)
		say("'%s' has no signing keys for this token: %s", r->host->name, p->message);
	else
		forge_explain_other(r, p);
}

static void
explain(const struct refusal *r, const struct problem *p)
{
	const char *what = r->repo != NULL ? r->repo : "your signing keys";
	bool denied = r->ans->status == 403 || r->ans->status == 404;

	if (denied && strncasecmp(r->ans->sso, "required", 8) == 0)
		say_sso(r);
	else if (denied && r->ans->has_scopes && !scope_satisfies(r->ans->scopes, r->ans->accepted))
		say_scope(r);
	else if (r->ans->status == 422)
		say_invalid(what, p);
	else
		say_other(r, what, p);
}

/* --- the row */

static const char *const *
variables(const struct host *h)
{
	static const char *const shared[] = { "GH_TOKEN", "GITHUB_TOKEN", NULL };
	static const char *const own[] = { "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", NULL };

	return h->own ? own : shared;
}

static const char *const fields[] = {
	"Authorization: Bearer %s", "Accept: application/vnd.github+json", "X-GitHub-Api-Version: 2022-11-28", NULL,
};

#define MEMBERS .id = "id", .key = "key", .title = "title", .created_at = "created_at", .last_used = "last_used", \
    .enabled = "enabled"

static const struct key_form deploy_form = { MEMBERS, .read_only = "read_only" }, signing_form = { MEMBERS };

const struct forge forge_github = {
	.kind = "github",
	.name = "GitHub",
	.home = "github.com",
	.fields = fields,
	.place = place,
	.repo_fault = repopath_two_fault,
	.base = base,
	.list = "/keys",
	.signing_list = "/ssh_signing_keys",
	.first_page = "?per_page=100",
	.next_page = forge_next_by_link,
	.form = &deploy_form,
	.signing_form = &signing_form,
	.body = body,
	.added = 201,
	.in_use = in_use,
	.say_elsewhere = say_elsewhere,
	.explain = explain,
	.lacks_scope = lacks_scope,
	.moved = moved,
	.say_life = say_life,
	.new_token = { "gh auth login -h ", "" },
	.variables = variables,
	.token_file = TOKEN_GH,
};
