/* SPDX-License-Identifier: MIT */
/* GitLab, gitlab.com or a server of one's own: its API of version 4. */
#include "forge.h"
#include "forges.h"

#include <time.h>

#include "http/http.h"
#include "repopath.h"
#include "say/say.h"

static const char *
place(struct host *h, bool port_given)
{
	(void)port_given;
	host_own_api(h, "/api/v4");
	h->own = strcmp(h->web, "gitlab.com") != 0;
	return NULL;
}

/* A project's path, groups and all, is one part of the URL. */
static void
base(char to[static FORGE_BASE], const char *repo)
{
	size_t n;

	if (repo == NULL) {
		(void)snprintf(to, FORGE_BASE, "/user");
		return;
	}
	n = (size_t)snprintf(to, FORGE_BASE, "/projects/");
	for (; *repo != '\0' && n < FORGE_BASE; repo++)
		n += (size_t)snprintf(to + n, FORGE_BASE - n, *repo == '/' ? "%%2F" : "%c", *repo);
}

static void
body(FILE *fp, const struct new_key *k)
{
	time_t end = time(NULL) + (time_t)k->days * 86400;
	struct tm tm;
	char text[32];

	(void)fputc('{', fp);
	forge_put_pair(fp, "title", "key", k);
	if (k->signing)
		(void)fputs(",\"usage_type\":\"signing\"", fp);
	else
		(void)fprintf(fp, ",\"can_push\":%s", k->read_only ? "false" : "true");
	if (k->days > 0 && gmtime_r(&end, &tm) != NULL && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		(void)fprintf(fp, ",\"expires_at\":\"%s\"", text);
	(void)fputc('}', fp);
}

/* {"message":{"deploy_key.fingerprint_sha256":["has already been taken"]}} */
static bool
in_use(const struct refusal *r, const struct problem *p)
{
	return r->ans->status == 400 && forge_speaks_of(p->details, "fingerprint") &&
	    forge_speaks_of(p->details, "already been taken");
}

static void
say_elsewhere(const char *repo)
{
	if (repo != NULL)
		say("the key is in use elsewhere: a user logs in with it, or a project has it that this token cannot "
		    "administer; an owner of both can enable it for '%s' on its page, under Settings, Repository, "
		    "Deploy keys; or make another with wx-keygen", repo);
	else
		say("the key is in use elsewhere: at another account, or as a deploy key; make another with "
		    "wx-keygen for signing");
}

static void
explain(const struct refusal *r, const struct problem *p)
{
	int status = r->ans->status;

	if (status == 403 && forge_speaks_of(p->message, "insufficient_scope"))
		forge_explain_scope(r, "api");
	else if (status == 403)
		forge_explain_right(r, r->repo != NULL ? "the role of a maintainer there" : "the scope 'api'");
	else if (status == 404 && r->repo == NULL)
		say("'%s' has no signing keys for the token from %s: one of a project or a group has none", r->host->name,
		    r->token_from);
	else if (status == 400)
		say("the forge refused the request: %s", p->details[0] != '\0' ? p->details : p->message);
	else
		forge_explain_other(r, p);
}

static void
say_life(const char *token)
{
	(void)token;
	say("warning: the key can do what its maker can: it stops working when your account leaves the project");
}

/* glab has one variable for whatever host GITLAB_HOST names, and that is gitlab.com where it names none. */
static const char *const *
variables(const struct host *h)
{
	static const char *const names[] = { "GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", NULL };

	return forge_variable_names("GITLAB_HOST", h, !h->own) ? names : names + 2;
}

static const char *const fields[] = { "PRIVATE-TOKEN: %s", "Accept: application/json", NULL };

#define MEMBERS .id = "id", .key = "key", .title = "title", .created_at = "created_at", .last_used = "last_used_at", \
    .expires_at = "expires_at"

static const struct key_form deploy_form = { MEMBERS, .can_push = "can_push" },
    signing_form = { MEMBERS, .usage = "usage_type" };

const struct forge forge_gitlab = {
	.kind = "gitlab",
	.name = "GitLab",
	.home = "gitlab.com",
	.fields = fields,
	.place = place,
	.repo_fault = repopath_groups_fault,
	.base = base,
	.list = "/deploy_keys",
	.signing_list = "/keys",
	.first_page = "?per_page=100",
	.next_page = forge_next_by_link,
	.form = &deploy_form,
	.signing_form = &signing_form,
	.body = body,
	.added = 201,
	.adds_again = true,
	.expires = true,
	.in_use = in_use,
	.say_elsewhere = say_elsewhere,
	.explain = explain,
	.say_life = say_life,
	.new_token = { "glab auth login --hostname ", "" },
	.variables = variables,
	.variable_of_host = "GITLAB_HOST",
	.token_file = TOKEN_GLAB,
};
