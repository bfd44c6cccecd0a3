/* SPDX-License-Identifier: MIT */
/* Forgejo and Gitea, codeberg.org among them, whose API of version 1 is the same here. */
#include "forge.h"
#include "forges.h"

#include "http/http.h"
#include "repopath.h"
#include "say/say.h"

static const char *
place(struct host *h, bool port_given)
{
	(void)port_given;
	host_own_api(h, "/api/v1");
	return NULL;
}

static void
base(char to[static FORGE_BASE], const char *repo)
{
	(void)snprintf(to, FORGE_BASE, "/repos/%s", repo);
}

/*
 * It has no Link, but a count, and cuts a page to what its owner allows. Without the count
 * the list ends with an empty page.
 */
static enum link
next_page(const struct host *h, const struct http_answer *ans, struct pages *p, char next[static LINK_LEN])
{
	size_t digits = strspn(ans->total, "0123456789");
	long total = digits > 0 && digits < 10 && ans->total[digits] == '\0' ? strtol(ans->total, NULL, 10) : -1;

	(void)h;
	if (p->keys == 0 || (total != -1 && p->seen >= total))
		return LINK_NONE;
	p->number++;
	(void)snprintf(next, LINK_LEN, "?limit=50&page=%ld", p->number);
	return LINK_NEXT;
}

static void
body(FILE *fp, const struct new_key *k)
{
	(void)fputc('{', fp);
	forge_put_pair(fp, "title", "key", k);
	(void)fprintf(fp, ",\"read_only\":%s}", k->read_only ? "true" : "false");
}

static bool
in_use(const struct refusal *r, const struct problem *p)
{
	return r->ans->status == 422 && (forge_speaks_of(p->message, "already been added") ||
	    forge_speaks_of(p->message, "used as non-deploy key"));
}

static bool
title_taken(const struct refusal *r, const struct problem *p)
{
	return r->ans->status == 422 && (forge_speaks_of(p->message, "same name already exists") ||
	    forge_speaks_of(p->message, "title has been used"));
}

static void
say_elsewhere(const char *repo)
{
	say("the key is in use elsewhere: a user logs in with it, and one key cannot be both; make another with wx-keygen "
	    "for '%s'", repo);
}

/*
 * A repository that was renamed or moved: 307 to the same path with the new owner and name.
 * That form alone, of this origin.
 */
static bool
moved(const struct host *h, const struct http_answer *ans, char to[static FORGE_BASE], const char *tail)
{
	static const char lead[] = "/repos/";
	const char *path = host_path(h, ans->location), *end;
	char repo[512];
	size_t tail_len = strcspn(tail, "?"), len;

	if ((ans->status != 301 && ans->status != 307 && ans->status != 308) || path == NULL ||
	    strncmp(path, h->prefix, strlen(h->prefix)) != 0)
		return false;
	path += strlen(h->prefix);
	len = strcspn(path, "?");
	if (strncmp(path, lead, strlen(lead)) != 0 || len < strlen(lead) + tail_len ||
	    memcmp(path + len - tail_len, tail, tail_len) != 0)
		return false;
	path += strlen(lead);
	end = path + len - strlen(lead) - tail_len;
	if ((size_t)(end - path) >= sizeof(repo))
		return false;
	(void)snprintf(repo, sizeof(repo), "%.*s", (int)(end - path), path);
	if (repopath_dots_fault(repo) != NULL)
		return false;
	base(to, repo);
	return true;
}

static void
explain(const struct refusal *r, const struct problem *p)
{
	int status = r->ans->status;

	if (status == 403 && forge_speaks_of(p->message, "scope"))
		forge_explain_scope(r, "write:repository");
	else if (status == 403)
		forge_explain_right(r, "to be of an administrator of the repository");
	else if (status == 422 && forge_speaks_of(p->message, "SSH is disabled"))
		say("'%s' has no ssh: its administrator left it out, so a key is of no use there", r->host->name);
	else if (status == 422 && forge_speaks_of(p->message, "key content"))
		say("the forge does not take this kind of key: %s", p->message);
	else if (status == 422)
		say("the forge refused the request: %s", p->message);
	else if (status == 423)
		say("'%s' is archived, and so read-only; unarchive it first", r->repo);
	else
		forge_explain_other(r, p);
}

/* Theirs is one host for each of tea's logins; where a variable names it, it must be this one. */
static const char *const *
variables(const struct host *h)
{
	static const char *const names[] = { "FORGEJO_TOKEN", "GITEA_TOKEN", "GITEA_SERVER_TOKEN", NULL };

	return forge_variable_names("GITEA_SERVER_URL", h, true) ? names : names + 3;
}

static const char *const fields[] = { "Authorization: token %s", "Accept: application/json", NULL };

static const struct key_form deploy_form = {
	.id = "id", .key = "key", .title = "title", .created_at = "created_at", .read_only = "read_only",
};

const struct forge forge_gitea = {
	.kind = "gitea",
	.alias = "forgejo",
	.name = "Forgejo or Gitea",
	.fields = fields,
	.place = place,
	.repo_fault = repopath_dots_fault,
	.base = base,
	.list = "/keys",
	.no_signing = "a key of a user there opens all that is his, so none is added; sign without it, for git verifies by "
	    "your own list of signers",
	.first_page = "?limit=50&page=1",
	.next_page = next_page,
	.form = &deploy_form,
	.body = body,
	.added = 201,
	.in_use = in_use,
	.title_taken = title_taken,
	.say_elsewhere = say_elsewhere,
	.explain = explain,
	.moved = moved,
	.new_token = { "tea login add --url https://", "" },
	.variables = variables,
	.variable_of_host = "GITEA_SERVER_URL",
	.token_file = TOKEN_TEA,
};
