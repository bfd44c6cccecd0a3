/* SPDX-License-Identifier: MIT */
#include "forge.h"
#include "forges.h"

#include <strings.h>

#include "http/http.h"
#include "libcommon/json.h"
#include "say/say.h"

static const struct forge *const rows[] = {
	&forge_github, &forge_gitlab, &forge_gitea, &forge_bitbucket, &forge_bitbucket_cloud,
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Hosts that everybody knows, and of kinds without deploy keys. */
static const struct known {
	const char *host;  /* from a '.' on: any that ends so */
	const char *kind;  /* NULL, and: */
	const char *why;
} known[] = {
	{ "codeberg.org", "forgejo", NULL },
	{ "gitea.com", "gitea", NULL },
	{ ".ghe.com", "github", NULL },
	{ "dev.azure.com", NULL, "Azure DevOps has no deploy keys: a key there is a user's, and opens all that he may" },
	{ "ssh.dev.azure.com", NULL, "Azure DevOps has no deploy keys: a key there is a user's, and opens all that he may" },
	{ ".visualstudio.com", NULL, "Azure DevOps has no deploy keys: a key there is a user's, and opens all that he may" },
	{ "git.sr.ht", NULL, "sourcehut has no deploy keys: a key there is an account's, and opens all of it" },
	{ "meta.sr.ht", NULL, "sourcehut has no deploy keys: a key there is an account's, and opens all of it" },
};

/* What the first part of a name says of its kind, though nobody can be sure. */
static const struct known hints[] = {
	{ "gitlab", "gitlab", "by its name it is a GitLab: say so with -F gitlab" },
	{ "gitea", "gitea", "by its name it is a Gitea: say so with -F gitea" },
	{ "forgejo", "forgejo", "by its name it is a Forgejo: say so with -F forgejo" },
	{ "bitbucket", "bitbucket", "by its name it is a Bitbucket: say so with -F bitbucket" },
	{ "stash", "bitbucket", "by its name it is a Bitbucket: say so with -F bitbucket" },
};

const struct forge *
forge_of_kind(const char *kind)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strcmp(rows[i]->kind, kind) == 0 || (rows[i]->alias != NULL && strcmp(rows[i]->alias, kind) == 0))
			return rows[i];
	return NULL;
}

const char *
forge_kinds(void)
{
	static char text[128];
	size_t i, n = 0;

	for (i = 0; i < ROWS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s%s%s", n > 0 ? ", " : "", rows[i]->kind,
		    rows[i]->alias != NULL ? ", " : "", rows[i]->alias != NULL ? rows[i]->alias : "");
	return text;
}

static bool
is_known_as(const char *web, const char *name)
{
	size_t n = strlen(web), m = strlen(name);

	return name[0] == '.' ? n > m && strcmp(web + n - m, name) == 0 : strcmp(web, name) == 0;
}

const struct forge *
forge_of_host(const char *web, const char **why)
{
	size_t i, first = strcspn(web, ".");

	*why = NULL;
	for (i = 0; i < ROWS; i++)
		if (rows[i]->home != NULL && strcmp(rows[i]->home, web) == 0)
			return rows[i];
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is_known_as(web, known[i].host))
			continue;
		*why = known[i].why;
		return known[i].kind != NULL ? forge_of_kind(known[i].kind) : NULL;
	}
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]) && *why == NULL; i++)
		if (strlen(hints[i].host) == first && memcmp(hints[i].host, web, first) == 0)
			*why = hints[i].why;
	return NULL;
}

bool
forge_speaks_of(const char *text, const char *words)
{
	return strcasestr(text, words) != NULL;
}

void
forge_put_pair(FILE *fp, const char *title, const char *key, const struct new_key *k)
{
	(void)fprintf(fp, "\"%s\":", title);
	wx_json_string(fp, k->title);
	/* Type and base64 need no escape; its comment is nobody's business. */
	(void)fprintf(fp, ",\"%s\":\"%.*s %.*s\"", key, (int)k->key->type_len, k->key->type, (int)k->key->blob_len,
	    k->key->blob);
}

enum link
forge_next_by_url(const struct host *h, const char *url, struct pages *pages, char next[static LINK_LEN])
{
	const char *p = host_path(h, url);
	long n;

	if (p == NULL || strncmp(p, h->prefix, strlen(h->prefix)) != 0)
		return LINK_BAD;
	n = link_page(url);
	if (n <= pages->number)
		return LINK_BAD;
	pages->number = n;
	(void)snprintf(next, LINK_LEN, "%s", p);
	return LINK_NEXT;
}

enum link
forge_next_by_link(const struct host *h, const struct http_answer *ans, struct pages *p, char next[static LINK_LEN])
{
	char url[LINK_LEN];
	enum link got = link_next(ans->link, url, sizeof(url));

	return got == LINK_NEXT ? forge_next_by_url(h, url, p, next) : got;
}

bool
forge_variable_names(const char *name, const struct host *h, bool if_unset)
{
	const char *s = getenv(name), *end;
	size_t n;

	if (s == NULL || *s == '\0')
		return if_unset;
	if (strncasecmp(s, "https://", 8) == 0)
		s += 8;
	end = s + strcspn(s, "/");
	n = (size_t)(end - s);
	if (n > 4 && memcmp(end - 4, ":443", 4) == 0 && h->port == 443)
		n -= 4;
	return (strlen(h->name) == n && strncasecmp(s, h->name, n) == 0) ||
	    (h->port == 443 && strlen(h->web) == n && strncasecmp(s, h->web, n) == 0);
}

void
forge_explain_right(const struct refusal *r, const char *need)
{
	say("the token from %s has no right to do this%s%s%s; it needs %s", r->token_from, r->repo != NULL ? " at '" : "",
	    r->repo != NULL ? r->repo : "", r->repo != NULL ? "'" : "", need);
}

void
forge_explain_scope(const struct refusal *r, const char *scope)
{
	const char *const *how = r->host->forge->new_token;

	say("the token from %s lacks the scope '%s'; get one that has it: %s%s%s", r->token_from, scope, how[0], r->host->name,
	    how[1]);
}

void
forge_explain_other(const struct refusal *r, const struct problem *p)
{
	int status = r->ans->status;

	if (status == 404 && r->repo != NULL)
		say("no repository '%s', or the token from %s has no admin right there", r->repo, r->token_from);
	else if (status >= 300 && status < 400)
		say("the forge redirects elsewhere, which is not followed: %s",
		    r->ans->location[0] != '\0' ? r->ans->location : "nowhere");
	else
		say("the forge refused the request: HTTP %d%s%s%s%s", status, p->message[0] != '\0' ? ": " : "", p->message,
		    p->details[0] != '\0' ? ": " : "", p->details);
}

void
forge_explain(const struct refusal *r)
{
	struct problem p;

	keyjson_problem(r->ans->body, r->ans->len, &p);
	r->host->forge->explain(r, &p);
}

bool
forge_in_use(const struct refusal *r)
{
	struct problem p;

	keyjson_problem(r->ans->body, r->ans->len, &p);
	return r->host->forge->in_use(r, &p);
}

bool
forge_unreadable(const struct http_answer *ans)
{
	struct problem p;

	if (ans->status != 400 && ans->status != 409 && ans->status != 422)
		return false;
	keyjson_problem(ans->body, ans->len, &p);
	return p.message[0] == '\0' && p.details[0] == '\0';
}

bool
forge_title_taken(const struct refusal *r)
{
	struct problem p;

	if (r->host->forge->title_taken == NULL)
		return false;
	keyjson_problem(r->ans->body, r->ans->len, &p);
	return r->host->forge->title_taken(r, &p);
}

bool
forge_denied(const struct forge *f, const struct http_answer *ans)
{
	struct problem p;

	if (ans->status != 401 || f->denied == NULL)
		return false;
	keyjson_problem(ans->body, ans->len, &p);
	return f->denied(&p);
}
