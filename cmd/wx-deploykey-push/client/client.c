/* SPDX-License-Identifier: MIT */
/*
 * The verbs. A key is known by its type and base64, never by its title. A
 * forge knows a key once, so a POST can be repeated: after any answer that leaves it
 * open what was done, the list says it.
 */
#include "client.h"

#include <err.h>
#include <inttypes.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "output.h"
#include "say/say.h"
#include "walk.h"

static const struct forge *
row(const struct client *c)
{
	return c->api.host->forge;
}

static void
print(const struct client *c, const struct job *job, const struct key *k, const char *action)
{
	output_key(stdout, k, job->repo, c->api.host->name, action);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
}

static int
refused(const struct client *c)
{
	struct refusal r = api_refusal(&c->api, c->want->verb);

	forge_explain(&r);
	return WX_FAIL;
}

/* Flushed at the end of the list. */
static void
print_listed(const struct client *c, const struct job *job, const struct key *k)
{
	output_key(stdout, k, job->repo, c->api.host->name, "listed");
}

static int
list(struct client *c, const struct job *job)
{
	enum find got = walk_each(c, job, print_listed);

	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
	return got == FAILED ? WX_FAIL : WX_OK;
}

/* --- what a key should be */

/* Why the key K is not what is wanted; NULL if it is. */
static const char *
fault(const struct client *c, const struct job *job, const struct key *k)
{
	if (job->repo == NULL)
		return NULL;
	if (k->enabled == NO)
		return "it is disabled by the organisation";
	if (!c->want->read_only && k->read_only == YES)
		return "it is read-only; to make it writable delete it first, then add it";
	if (c->want->read_only && k->read_only == NO)
		return "it may write; to make it read-only delete it first, then add it with -r";
	return NULL;
}

static int
settle(struct client *c, const struct job *job, const struct key *k, const char *action)
{
	const char *why = fault(c, job, k);

	if (why != NULL) {
		say("the key is known to '%s' (id %" PRId64 "), but %s", job->repo, k->id, why);
		return WX_FAIL;
	}
	print(c, job, k, action);
	return WX_OK;
}

static void
warn_of_token(struct client *c, const struct job *job)
{
	if (job->repo == NULL || c->warned)
		return;
	c->warned = true;
	row(c)->say_life(c->token);
}

/* --- changes */

/* A key that is not there yet, or no more, as far as we know it. */
static void
describe(const struct client *c, const struct job *job, struct key *k)
{
	*k = (struct key){ .read_only = UNSAID, .enabled = UNSAID };
	wx_pubkey_fingerprint(&job->key, k->fingerprint);
	if (job->title != NULL)
		(void)snprintf(k->title, sizeof(k->title), "%s", job->title);
	if (job->repo != NULL && c->want->verb == VERB_ADD)
		k->read_only = c->want->read_only ? YES : NO;
}

/* Say what would be sent, unless the token lacks the scope for it. */
static int
rehearse(struct client *c, const struct job *job, const struct key *k, const char *method,
    const char *tail, const char *body, const char *action)
{
	struct refusal r = api_refusal(&c->api, c->want->verb);

	if (row(c)->lacks_scope != NULL && row(c)->lacks_scope(&r))
		return WX_FAIL;
	say("would send: %s https://%s%s%s%s%s%s", method, c->api.host->authority, c->api.host->prefix, c->api.base,
	    tail, body != NULL ? " " : "", body != NULL ? body : "");
	print(c, job, k, action);
	return WX_OK;
}

/* The body of the request to add the key; the caller frees it. */
static char *
add_body(const struct client *c, const struct job *job)
{
	struct new_key k = { &job->key, job->title, job->repo == NULL, c->want->read_only };
	char *text = NULL;
	size_t len = 0;
	FILE *fp = open_memstream(&text, &len);

	if (fp == NULL)
		err(WX_TEMP, "out of memory");
	row(c)->body(fp, &k);
	if (fclose(fp) == EOF)
		err(WX_TEMP, "out of memory");
	return text;
}

/* Did the answer to POST say that it is there now, and bring the very key? */
static bool
added(const struct client *c, const struct job *job, struct key *k)
{
	const struct http_answer *ans = &c->api.ans;

	return ans->status == row(c)->added && ans->json &&
	    keyjson_one(ans->body, ans->len, walk_form(c, job), &job->key, k) && k->wanted;
}

/*
 * POST, and believe only an answer that brings the key back. After any other,
 * the list is asked. A key that "is in use" and not in the list may still be
 * ours if an earlier POST was left open, for the list can lag behind.
 */
static int
post(struct client *c, const struct job *job, const char *body)
{
	bool open = false, in_use = false;
	struct refusal r;
	struct key k;
	enum outcome got;
	enum find there;
	int i;

	for (i = 0; i < 2; i++) {
		got = api_call(&c->api, "POST", walk_tail(c, job), body);
		if (got == API_DONE && added(c, job, &k)) {
			warn_of_token(c, job);
			return settle(c, job, &k, "added");
		}
		r = api_refusal(&c->api, VERB_ADD);
		in_use = got == API_REFUSED && forge_in_use(&r);
		if (got == API_REFUSED && !in_use)
			return refused(c);
		if (in_use && open)
			walk_pause(1000);
		there = walk_find(c, job, &k);
		if (there == FAILED)
			return WX_FAIL;
		if (there == THERE && (open || !in_use))
			warn_of_token(c, job);
		if (there == THERE)
			return settle(c, job, &k, in_use && !open ? "unchanged" : "added");
		if (in_use && !open) {
			row(c)->say_elsewhere(job->repo);
			return WX_FAIL;
		}
		open = true;
	}
	say_die(WX_TEMP, "cannot add the key to %s: %s", walk_place(job), in_use ?
	    "it is said to be in use, but not listed: here in a moment, or elsewhere" :
	    "no answer that can be read, and it is not there");
}

/* In a batch, and for a rehearsal, look first: what is there costs no change. */
static int
add(struct client *c, const struct job *job)
{
	enum find got = ABSENT;
	struct key k;
	char *body;
	int rc;

	if (c->want->batch || c->want->dry_run) {
		got = walk_find(c, job, &k);
		if (got == FAILED)
			return WX_FAIL;
		if (got == THERE)
			return settle(c, job, &k, "unchanged");
	}
	body = add_body(c, job);
	if (c->want->dry_run) {
		describe(c, job, &k);
		rc = rehearse(c, job, &k, "POST", walk_tail(c, job), body, "would-add");
	} else
		rc = post(c, job, body);
	free(body);
	return rc;
}

static int
gone(struct client *c, const struct job *job, const char *action)
{
	struct key k;

	describe(c, job, &k);
	print(c, job, &k, action);
	return WX_OK;
}

/*
 * Whatever the answer, the list knows, and is asked: 204 from one that did not do it, or
 * while another added the key again; 404 of one that is gone meanwhile, or that we have no
 * right to. A list can lag behind for a moment.
 */
static int
delete(struct client *c, const struct job *job)
{
	char tail[64];
	struct key k;
	enum outcome got;
	enum find there;
	bool tried = false, said = false; /* that it is done */
	int i;

	for (i = 0;; i++) {
		there = walk_find(c, job, &k);
		if (there == FAILED)
			return WX_FAIL;
		if (there == ABSENT)
			return gone(c, job, tried ? "deleted" : "absent");
		if (i == (said ? 4 : 2))
			break;
		if (said)
			walk_pause(WALK_PAUSE * i);
		(void)snprintf(tail, sizeof(tail), "%s/%" PRId64, walk_tail(c, job), k.id);
		if (c->want->dry_run)
			return rehearse(c, job, &k, "DELETE", tail, NULL, "would-delete");
		got = api_call(&c->api, "DELETE", tail, NULL);
		if (got == API_REFUSED && (c->api.ans.status != 404 || (tried && !said)))
			return refused(c);
		said = said || (got == API_DONE && c->api.ans.status == 204);
		tried = true;
	}
	say_die(WX_TEMP, "cannot delete the key from %s: %s", walk_place(job), said ?
	    "the forge says that it is done, and lists it still" :
	    "no answer that can be read, and it is still there");
}

static int
verify(struct client *c, const struct job *job)
{
	struct key k;

	switch (walk_find(c, job, &k)) {
	case THERE:
		return settle(c, job, &k, "verified");
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
client_do(struct client *c, const struct job *job)
{
	api_about(&c->api, job->repo);
	switch (c->want->verb) {
	case VERB_ADD:
		return add(c, job);
	case VERB_DELETE:
		return delete(c, job);
	case VERB_LIST:
		return list(c, job);
	case VERB_VERIFY:
		return verify(c, job);
	}
	return WX_FAIL;
}
