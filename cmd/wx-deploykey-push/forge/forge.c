/* SPDX-License-Identifier: MIT */
#include "forge.h"
#include "forges.h"

#include <strings.h>

#include "http/http.h"
#include "say/say.h"

static const struct forge *const rows[] = { &forge_github };

const struct forge *
forge_of_kind(const char *kind)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i]->kind, kind) == 0)
			return rows[i];
	return NULL;
}

bool
forge_speaks_of(const char *text, const char *words)
{
	return strcasestr(text, words) != NULL;
}

void
forge_put_key(FILE *fp, const struct wx_pubkey *key)
{
	(void)fprintf(fp, "\"%.*s %.*s\"", (int)key->type_len, key->type, (int)key->blob_len, key->blob);
}

enum link
forge_next_by_link(const struct host *h, const struct http_answer *ans, char next[static LINK_LEN], long *number)
{
	char url[LINK_LEN];
	enum link got = link_next(ans->link, url, sizeof(url));
	const char *p;
	long n;

	if (got != LINK_NEXT)
		return got;
	p = host_path(h, url);
	if (p == NULL || strncmp(p, h->prefix, strlen(h->prefix)) != 0)
		return LINK_BAD;
	n = link_page(url);
	if (n <= *number)
		return LINK_BAD;
	*number = n;
	(void)snprintf(next, LINK_LEN, "%s", p);
	return LINK_NEXT;
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
		say("the forge refused the request: HTTP %d%s%s", status, p->message[0] != '\0' ? ": " : "",
		    p->message);
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

	if (ans->status != 422)
		return false;
	keyjson_problem(ans->body, ans->len, &p);
	return p.message[0] == '\0';
}
