/* SPDX-License-Identifier: MIT */
/*
 * The verbs. A key is known by its type and base64, never by its title. A
 * forge knows a key once, so a POST can be repeated: after any answer that leaves it
 * open what was done, the list says it.
 */
#include "client.h"

#include <err.h>
#include <inttypes.h>
#include <time.h>

#include "libcommon/clock.h"
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
fault(const struct client *c, const struct key *k)
{
	if (k->expires != -1 && k->expires <= (int64_t)time(NULL))
		return "it has expired; delete it, and make another with wx-keygen";
	if (k->logs_in == YES)
		return "it logs in to your account as well; delete it there, then add it for signing alone";
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
	const char *why = fault(c, k);

	if (why != NULL) {
		say("the key is known to %s (id %" PRId64 "), but %s", walk_place(job), k->id, why);
		if (c->want->verb == VERB_VERIFY)
			print(c, job, k, "unfit");
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
	if (row(c)->say_life != NULL)
		row(c)->say_life(c->token);
}

/* --- changes */

/* A key that is not there yet, or no more, as far as we know it. */
static void
describe(const struct client *c, const struct job *job, struct key *k)
{
	*k = (struct key){ .read_only = UNSAID, .enabled = UNSAID, .logs_in = UNSAID, .expires = -1 };
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

/* The body of the request to add the key with TITLE; the caller frees it. */
static char *
add_body(const struct client *c, const struct job *job, const char *title)
{
	struct new_key k = {
		.key = &job->key, .title = title, .signing = job->repo == NULL,
		.read_only = c->want->read_only, .days = c->want->days,
	};
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

/* One POST of the key of JOB with TITLE; *R: what was refused. */
static enum outcome
send_key(struct client *c, const struct job *job, const char *title, struct refusal *r)
{
	char *body = add_body(c, job, title);
	enum outcome got = api_call(&c->api, "POST", walk_tail(c, job), body);

	*r = api_refusal(&c->api, VERB_ADD);
	free(body);
	return got;
}

/* The same; where another key has the title, with some of the fingerprint behind it. */
static enum outcome
send_titled(struct client *c, const struct job *job, struct refusal *r)
{
	char print[WX_FINGERPRINT], title[TITLE_LEN + 1];
	enum outcome got = send_key(c, job, job->title, r);

	if (got != API_REFUSED || !forge_title_taken(r))
		return got;
	wx_pubkey_fingerprint(&job->key, print);
	(void)snprintf(title, sizeof(title), "%.*s %.8s", TITLE_LEN - 9, job->title, print + strlen("SHA256:"));
	return send_key(c, job, title, r);
}

/*
 * POST, and believe only an answer that brings the key back. After any other,
 * the list is asked. A key that "is in use" and not in the list may still be
 * ours if an earlier POST was left open, for the list can lag behind.
 */
static int
post(struct client *c, const struct job *job)
{
	bool open = false, in_use = false;
	struct refusal r;
	struct key k;
	enum outcome got;
	enum find there;
	int i;

	for (i = 0; i < 2; i++) {
		got = send_titled(c, job, &r);
		if (got == API_DONE && added(c, job, &k)) {
			warn_of_token(c, job);
			return settle(c, job, &k, "added");
		}
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

	if (c->want->batch || c->want->dry_run || row(c)->adds_again) {
		got = walk_find(c, job, &k);
		if (got == FAILED)
			return WX_FAIL;
		if (got == THERE)
			return settle(c, job, &k, "unchanged");
	}
	if (!c->want->dry_run)
		return post(c, job);
	body = add_body(c, job, job->title);
	describe(c, job, &k);
	rc = rehearse(c, job, &k, "POST", walk_tail(c, job), body, "would-add");
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

/*
 * A forge's other servers see what was added a little later: where that is to be waited for, it is
 * asked again.
 */
static int
verify(struct client *c, const struct job *job)
{
	int64_t end = wx_clock_ms() + (int64_t)c->want->wait * 1000;
	long pause = 1000;
	struct key k;
	enum find there;

	while ((there = walk_find(c, job, &k)) == ABSENT && wx_clock_ms() + pause < end) {
		walk_pause(pause);
		pause = pause < 8000 ? pause * 2 : 8000;
	}
	if (there == THERE)
		return settle(c, job, &k, "verified");
	if (there == FAILED)
		return WX_FAIL;
	if (job->repo != NULL)
		say("the key is not known to '%s'", job->repo);
	else
		say("the key is not known as one of your signing keys");
	(void)gone(c, job, "unknown");
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
