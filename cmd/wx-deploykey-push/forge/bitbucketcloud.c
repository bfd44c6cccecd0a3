/* SPDX-License-Identifier: MIT */
/* bitbucket.org, whose access keys only read: the key of a workspace or a user writes, and everywhere. */
#include "forge.h"
#include "forges.h"

#include "http/http.h"
#include "repopath.h"
#include "say/say.h"

static const char *
place(struct host *h, bool port_given)
{
	/* Another host is a test's. */
	host_own_api(h, "/2.0");
	if (strcmp(h->web, "bitbucket.org") != 0)
		return NULL;
	if (port_given)
		return "bitbucket.org takes no port";
	h->own = false;
	(void)snprintf(h->authority, sizeof(h->authority), "api.bitbucket.org");
	return NULL;
}

static void
base(char to[static FORGE_BASE], const char *repo)
{
	(void)snprintf(to, FORGE_BASE, "/repositories/%s", repo);
}

static enum link
next_page(const struct host *h, const struct http_answer *ans, struct pages *p, char next[static LINK_LEN])
{
	struct page_end end;

	keyjson_page_end(ans->body, ans->len, &end);
	return end.next[0] == '\0' ? LINK_NONE : forge_next_by_url(h, end.next, p, next);
}

static void
body(FILE *fp, const struct new_key *k)
{
	(void)fputc('{', fp);
	forge_put_pair(fp, "label", "key", k);
	(void)fputc('}', fp);
}

static bool
in_use(const struct refusal *r, const struct problem *p)
{
	return r->ans->status == 400 && (forge_speaks_of(p->message, "already") || forge_speaks_of(p->details, "already"));
}

static void
say_elsewhere(const char *repo)
{
	say("the key is in use elsewhere: at an account or a workspace; make another with wx-keygen for '%s'", repo);
}

static void
explain(const struct refusal *r, const struct problem *p)
{
	int status = r->ans->status;

	if (status == 403)
		forge_explain_right(r, "the scopes 'admin:repository:bitbucket' or 'repository:admin', and to be of an "
		    "administrator of the repository");
	else if (status == 400)
		say("the forge refused the request: %s", p->details[0] != '\0' ? p->details : p->message);
	else
		forge_explain_other(r, p);
}

static const char *const fields[] = { "Authorization: Bearer %s", "Accept: application/json", NULL };

static const struct key_form deploy_form = {
	.list = "values", .id = "id", .key = "key", .title = "label", .created_at = "created_on", .last_used = "last_used",
	.never_writes = true,
};

const struct forge forge_bitbucket_cloud = {
	.kind = "bitbucket-cloud",
	.name = "Bitbucket Cloud",
	.home = "bitbucket.org",
	.fields = fields,
	.place = place,
	.repo_fault = repopath_project_fault,
	.base = base,
	.list = "/deploy-keys",
	.no_signing = "it has no keys that only sign; sign without it, for git verifies by your own list of signers",
	.first_page = "?pagelen=100",
	.next_page = next_page,
	.form = &deploy_form,
	.body = body,
	.added = 200,
	.only_reads = true,
	.in_use = in_use,
	.say_elsewhere = say_elsewhere,
	.explain = explain,
	.new_token = { "https://", "/account/settings (API tokens)" },
	.variables = forge_bitbucket_variables,
	.variable_of_host = "BITBUCKET_URL",
};
