/* SPDX-License-Identifier: MIT */
/*
 * The verbs. A key is known by its type and base64, never by its title. A
 * forge knows a key once, so a POST can be repeated: after any answer that leaves it
 * open what was done, the list says it.
 */
#include "forge.h"

#include <err.h>
#include <inttypes.h>

#include "keyjson.h"
#include "keys.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "output.h"
#include "refusal.h"
#include "say.h"
#include "scope.h"

static void
print(const struct forge *f, const struct job *job, const struct key *k, const char *action)
{
	output_key(stdout, k, job->repo, f->api.host->name, action);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
}

static int
refused(const struct forge *f, const struct job *job)
{
	refusal_say(&f->api, f->want->verb, job->repo);
	return WX_FAIL;
}

/* Flushed at the end of the list. */
static void
print_listed(const struct forge *f, const struct job *job, const struct key *k)
{
	output_key(stdout, k, job->repo, f->api.host->name, "listed");
}

static int
list(struct forge *f, const struct job *job)
{
	enum find got = keys_each(f, job, print_listed);

	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return got == FAILED ? WX_FAIL : WX_OK;
}

/* --- what a key should be */

/* Why the key K is not what is wanted; NULL if it is. */
static const char *
fault(const struct forge *f, const struct job *job, const struct key *k)
{
	if (job->repo == NULL)
		return NULL;
	if (k->enabled == NO)
		return "it is disabled by the organisation";
	if (!f->want->read_only && k->read_only == YES)
		return "it is read-only; to make it writable delete it first, then add it";
	if (f->want->read_only && k->read_only == NO)
		return "it may write; to make it read-only delete it first, then add it with -r";
	return NULL;
}

static int
settle(struct forge *f, const struct job *job, const struct key *k, const char *action)
{
	const char *why = fault(f, job, k);

	if (why != NULL) {
		say("the key is known to '%s' (id %" PRId64 "), but %s", job->repo, k->id, why);
		return WX_FAIL;
	}
	print(f, job, k, action);
	return WX_OK;
}

static void
warn_of_token(struct forge *f, const struct job *job)
{
	if (job->repo == NULL || f->warned)
		return;
	f->warned = true;
	if (f->token_kind != NULL)
		say("warning: the key was made with %s: the forge removes it when that token is revoked", f->token_kind);
	else
		say("warning: the forge removes the key when the token that made it is revoked");
}

/* --- changes */

/* A key that is not there yet, or no more, as far as we know it. */
static void
describe(const struct forge *f, const struct job *job, struct key *k)
{
	*k = (struct key){ .read_only = UNSAID, .enabled = UNSAID };
	wx_pubkey_fingerprint(&job->key, k->fingerprint);
	if (job->title != NULL)
		(void)snprintf(k->title, sizeof(k->title), "%s", job->title);
	if (job->repo != NULL && f->want->verb == VERB_ADD)
		k->read_only = f->want->read_only ? YES : NO;
}

/* Say what would be sent, unless the token lacks the scope for it. */
static int
rehearse(struct forge *f, const struct job *job, const struct key *k, const char *method,
    const char *tail, const char *body, const char *action)
{
	bool signing = job->repo == NULL;

	if (f->api.ans.has_scopes && !scope_satisfies(f->api.ans.scopes, scope_accepted(f->want->verb, signing))) {
		refusal_say_scope(&f->api, f->want->verb, signing);
		return WX_FAIL;
	}
	say("would send: %s https://%s%s%s%s%s%s", method, f->api.host->authority, f->api.host->prefix, f->api.base,
	    tail, body != NULL ? " " : "", body != NULL ? body : "");
	print(f, job, k, action);
	return WX_OK;
}

/* The body of the request to add the key; its comment is nobody's business. */
static char *
add_body(const struct forge *f, const struct job *job)
{
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len);

	if (fp == NULL)
		err(WX_TEMP, "out of memory");
	(void)fputs("{\"title\":", fp);
	wx_json_string(fp, job->title);
	/* Type and base64 need no escape. */
	(void)fprintf(fp, ",\"key\":\"%.*s %.*s\"", (int)job->key.type_len, job->key.type,
	    (int)job->key.blob_len, job->key.blob);
	if (job->repo != NULL)
		(void)fprintf(fp, ",\"read_only\":%s", f->want->read_only ? "true" : "false");
	(void)fputc('}', fp);
	if (fclose(fp) == EOF)
		err(WX_TEMP, "out of memory");
	return text;
}

/* Did the answer to POST say that it is there now, and bring the very key? */
static bool
added(const struct forge *f, const struct job *job, struct key *k)
{
	const struct http_answer *ans = &f->api.ans;

	return ans->status == 201 && ans->json &&
	    keyjson_one(ans->body, ans->len, job->repo == NULL, &job->key, k) && k->wanted;
}

static int
in_use_elsewhere(const struct job *job)
{
	if (job->repo != NULL)
		say("the key is in use elsewhere: at another repository or account, which only one may; make "
		    "another with wx-keygen for '%s'", job->repo);
	else
		say("the key is in use elsewhere: at another account, or as a deploy key; make another with "
		    "wx-keygen for signing");
	return WX_FAIL;
}

/*
 * POST, and believe only an answer that brings the key back. After any other,
 * the list is asked. A key that "is in use" and not in the list may still be
 * ours if an earlier POST was left open, for the list can lag behind.
 */
static int
post(struct forge *f, const struct job *job, const char *body)
{
	bool open = false, in_use = false;
	struct key k;
	enum outcome got;
	enum find there;
	int i;

	for (i = 0; i < 2; i++) {
		got = api_call(&f->api, "POST", keys_tail(job), body);
		if (got == API_DONE && added(f, job, &k)) {
			warn_of_token(f, job);
			return settle(f, job, &k, "added");
		}
		in_use = got == API_REFUSED && refusal_in_use(&f->api);
		if (got == API_REFUSED && !in_use)
			return refused(f, job);
		if (in_use && open)
			keys_pause(1000);
		there = keys_find(f, job, &k);
		if (there == FAILED)
			return WX_FAIL;
		if (there == THERE && (open || !in_use))
			warn_of_token(f, job);
		if (there == THERE)
			return settle(f, job, &k, in_use && !open ? "unchanged" : "added");
		if (in_use && !open)
			return in_use_elsewhere(job);
		open = true;
	}
	say_die(WX_TEMP, "cannot add the key to %s: %s", keys_place(job), in_use ?
	    "it is said to be in use, but not listed: here in a moment, or elsewhere" :
	    "no answer that can be read, and it is not there");
}

/* In a batch, and for a rehearsal, look first: what is there costs no change. */
static int
add(struct forge *f, const struct job *job)
{
	enum find got = ABSENT;
	struct key k;
	char *body;
	int rc;

	if (f->want->batch || f->want->dry_run) {
		got = keys_find(f, job, &k);
		if (got == FAILED)
			return WX_FAIL;
		if (got == THERE)
			return settle(f, job, &k, "unchanged");
	}
	body = add_body(f, job);
	if (f->want->dry_run) {
		describe(f, job, &k);
		rc = rehearse(f, job, &k, "POST", keys_tail(job), body, "would-add");
	} else
		rc = post(f, job, body);
	free(body);
	return rc;
}

static int
gone(struct forge *f, const struct job *job, const char *action)
{
	struct key k;

	describe(f, job, &k);
	print(f, job, &k, action);
	return WX_OK;
}

/*
 * Whatever the answer, the list knows, and is asked: 204 from one that did not do it, or
 * while another added the key again; 404 of one that is gone meanwhile, or that we have no
 * right to. A list can lag behind for a moment.
 */
static int
delete(struct forge *f, const struct job *job)
{
	char tail[64];
	struct key k;
	enum outcome got;
	enum find there;
	bool tried = false, said = false; /* that it is done */
	int i;

	for (i = 0;; i++) {
		there = keys_find(f, job, &k);
		if (there == FAILED)
			return WX_FAIL;
		if (there == ABSENT)
			return gone(f, job, tried ? "deleted" : "absent");
		if (i == (said ? 4 : 2))
			break;
		if (said)
			keys_pause(KEYS_PAUSE * i);
		(void)snprintf(tail, sizeof(tail), "%s/%" PRId64, keys_tail(job), k.id);
		if (f->want->dry_run)
			return rehearse(f, job, &k, "DELETE", tail, NULL, "would-delete");
		got = api_call(&f->api, "DELETE", tail, NULL);
		if (got == API_REFUSED && (f->api.ans.status != 404 || (tried && !said)))
			return refused(f, job);
		said = said || (got == API_DONE && f->api.ans.status == 204);
		tried = true;
	}
	say_die(WX_TEMP, "cannot delete the key from %s: %s", keys_place(job), said ?
	    "the forge says that it is done, and lists it still" :
	    "no answer that can be read, and it is still there");
}

static int
verify(struct forge *f, const struct job *job)
{
	struct key k;

	switch (keys_find(f, job, &k)) {
	case THERE:
		return settle(f, job, &k, "verified");
	case ABSENT:
		if (job->repo != NULL)
			say("the key is not known to '%s'", job->repo);
		else
			say("the key is not known as one of your signing keys");
		return WX_FAIL;
	case FAILED:
		break;
	}
	return WX_FAIL;
}

int
forge_do(struct forge *f, const struct job *job)
{
	api_about(&f->api, job->repo);
	switch (f->want->verb) {
	case VERB_ADD:
		return add(f, job);
	case VERB_DELETE:
		return delete(f, job);
	case VERB_LIST:
		return list(f, job);
	case VERB_VERIFY:
		return verify(f, job);
	}
	return WX_FAIL;
}
