/* SPDX-License-Identifier: MIT */
#include "refusal.h"

#include <strings.h>

#include "keyjson.h"
#include "say.h"
#include "scope.h"

static bool
speaks_of(const char *text, const char *words)
{
	return strcasestr(text, words) != NULL;
}

bool
refusal_in_use(const struct api *a)
{
	struct problem p;

	if (a->ans.status != 422)
		return false;
	keyjson_problem(a->ans.body, a->ans.len, &p);
	return speaks_of(p.details, "already in use") || speaks_of(p.details, "already been taken");
}

void
refusal_say_scope(const struct api *a, enum verb verb, bool signing)
{
	const char *ask = scope_to_ask(verb, signing);

	say("the token from %s lacks the scope '%s' (it has: %s); mend it with: gh auth refresh -h %s -s %s",
	    a->token_from, ask, a->ans.scopes[0] != '\0' ? a->ans.scopes : "none", a->host->name, ask);
}

/*
 * X-GitHub-SSO: required; url=URL. The user will open what we print, so it must
 * be a page of the forge itself.
 */
static void
say_sso(const struct api *a)
{
	const char *url = strstr(a->ans.sso, "url=");

	if (url != NULL && host_web_url(a->host, url + 4))
		say("the organisation wants the token to be authorised for SAML single sign-on; open: %s", url + 4);
	else
		say("the organisation wants the token to be authorised for SAML single sign-on; "
		    "do it on the page of your tokens (its address in the answer leads elsewhere and is not shown)");
}

static void
say_permission(const struct api *a, bool signing)
{
	say("the token from %s has no permission for this; give it %s%s%s%s", a->token_from,
	    signing ? "the account permission 'SSH signing keys: read and write'" :
	    "the repository permission 'Administration: read and write'",
	    a->ans.permissions[0] != '\0' ? " (the forge asks for " : "", a->ans.permissions,
	    a->ans.permissions[0] != '\0' ? ")" : "");
}

static void
say_invalid(const char *what, const struct problem *p)
{
	if (speaks_of(p->details, "disabled"))
		say("deploy keys are disabled for '%s' by its organisation: an owner can allow them in the "
		    "organisation's settings, under member privileges", what);
	else if (speaks_of(p->details, "invalid"))
		say("the forge does not take this kind of key: %s", p->details);
	else
		say("the forge refused the request: %s", p->details[0] != '\0' ? p->details : p->message);
}

static void
say_other(const struct api *a, const char *what, bool signing, const struct problem *p)
{
	int status = a->ans.status;

	if (status == 403 && speaks_of(p->message, "archived"))
		say("'%s' is archived, and so read-only; unarchive it first", what);
	else if ((status == 403 || status == 404) && speaks_of(p->message, "not accessible"))
		say_permission(a, signing);
	else if (status == 404 && signing)
		say("'%s' has no signing keys for this token: %s", a->host->name, p->message);
	else if (status == 404)
		say("no repository '%s', or the token from %s has no admin right there", what, a->token_from);
	else if (status >= 300 && status < 400)
		say("the forge redirects elsewhere, which is not followed: %s",
		    a->ans.location[0] != '\0' ? a->ans.location : "nowhere");
	else
		say("the forge refused the request: HTTP %d%s%s", status, p->message[0] != '\0' ? ": " : "",
		    p->message);
}

void
refusal_say(const struct api *a, enum verb verb, const char *repo)
{
	const char *what = repo != NULL ? repo : "your signing keys";
	bool signing = repo == NULL, denied = a->ans.status == 403 || a->ans.status == 404;
	struct problem p;

	keyjson_problem(a->ans.body, a->ans.len, &p);
	if (denied && strncasecmp(a->ans.sso, "required", 8) == 0)
		say_sso(a);
	else if (denied && a->ans.has_scopes && !scope_satisfies(a->ans.scopes, a->ans.accepted))
		refusal_say_scope(a, verb, signing);
	else if (a->ans.status == 422)
		say_invalid(what, &p);
	else
		say_other(a, what, signing, &p);
}
