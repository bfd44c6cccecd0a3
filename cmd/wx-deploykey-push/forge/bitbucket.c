/* SPDX-License-Identifier: MIT */
/* Bitbucket Data Center, and Bitbucket Server before it: the API of its plugin of access keys. */
#include "forge.h"
#include "forges.h"

#include <inttypes.h>

#include "http/http.h"
#include "repopath.h"
#include "say/say.h"

static const char *
place(struct host *h, bool port_given)
{
	(void)port_given;
	host_own_api(h, "/rest/keys/1.0");
	return NULL;
}

/* PROJECT/NAME, or ~USER/NAME. */
static void
base(char to[static FORGE_BASE], const char *repo)
{
	size_t project = strcspn(repo, "/");

	(void)snprintf(to, FORGE_BASE, "/projects/%.*s/repos/%s", (int)project, repo, repo + project + 1);
}

static enum link
next_page(const struct host *h, const struct http_answer *ans, struct pages *p, char next[static LINK_LEN])
{
	struct page_end end;

	(void)h;
	keyjson_page_end(ans->body, ans->len, &end);
	if (end.last == YES)
		return LINK_NONE;
	/* The first page's number is 1, and its start 0: so a second page's start is larger than both. */
	if (end.last == UNSAID || end.start < 1 || end.start <= p->number - (p->seen == p->keys))
		return LINK_BAD;
	p->number = (long)end.start;
	(void)snprintf(next, LINK_LEN, "?limit=100&start=%" PRId64, end.start);
	return LINK_NEXT;
}

static void
body(FILE *fp, const struct new_key *k)
{
	(void)fputs("{\"key\":{", fp);
	forge_put_pair(fp, "label", "text", k);
	if (k->days > 0)
		(void)fprintf(fp, ",\"expiryDays\":%ld", k->days);
	(void)fprintf(fp, "},\"permission\":\"%s\"}", k->read_only ? "REPO_READ" : "REPO_WRITE");
}

static bool
in_use(const struct refusal *r, const struct problem *p)
{
	(void)p;
	return r->ans->status == 409;
}

static void
say_elsewhere(const char *repo)
{
	say("the key is in use elsewhere: a user logs in with it, or its project has it; make another with wx-keygen for '%s'",
	    repo);
}

/* For a right that is missing it answers as for a token that is no good. */
static bool
denied(const struct problem *p)
{
	return forge_speaks_of(p->details, "AuthorisationException") || forge_speaks_of(p->details, "not permitted") ||
	    forge_speaks_of(p->details, "insufficient");
}

static void
explain(const struct refusal *r, const struct problem *p)
{
	int status = r->ans->status;

	if (status == 401 || status == 403)
		forge_explain_right(r, "the permission REPO_ADMIN, of the repository or its project");
	else if (status == 400)
		say("the forge refused the request: %s", p->details[0] != '\0' ? p->details : p->message);
	else
		forge_explain_other(r, p);
}

const char *const *
forge_bitbucket_variables(const struct host *h)
{
	static const char *const names[] = { "BITBUCKET_TOKEN", NULL };

	return forge_variable_names("BITBUCKET_URL", h, true) ? names : names + 1;
}

static const char *const fields[] = { "Authorization: Bearer %s", "Accept: application/json", NULL };

static const struct key_form deploy_form = {
	.list = "values", .inside = "key",
	.id = "id", .key = "text", .title = "label", .created_at = "createdDate", .permission = "permission",
};

const struct forge forge_bitbucket = {
	.kind = "bitbucket",
	.name = "Bitbucket Data Center",
	.fields = fields,
	.place = place,
	.repo_fault = repopath_project_fault,
	.base = base,
	.list = "/ssh",
	.no_signing = "it has no keys that only sign; sign without it, for git verifies by your own list of signers",
	.first_page = "?limit=100",
	.next_page = next_page,
	.form = &deploy_form,
	.body = body,
	.added = 201,
	.expires = true,
	.in_use = in_use,
	.say_elsewhere = say_elsewhere,
	.denied = denied,
	.explain = explain,
	.new_token = { "https://", "/plugins/servlet/access-tokens/manage" },
	.variables = forge_bitbucket_variables,
	.variable_of_host = "BITBUCKET_URL",
};
