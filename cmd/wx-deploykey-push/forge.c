/* SPDX-License-Identifier: MIT */
/*
 * The verbs. A key is known by its type and base64, never by its title. A
 * forge knows a key once, so a POST can be repeated: after any answer that leaves it
 * open what was done, the list says it.
 */
#include "forge.h"

#include <err.h>
#include <inttypes.h>
#include <time.h>

#include "keyjson.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/json.h"
#include "link.h"
#include "output.h"
#include "refusal.h"
#include "say.h"
#include "scope.h"

#define PAGES     100 /* of 100 keys */
#define TRIES     3   /* of a request that changes nothing */
#define PAUSE_MS  300 /* before the second try, twice that before the third */

enum find { THERE, ABSENT, FAILED };

/* A search in the pages of a list, or the printing of it. */
struct walk {
	const struct forge *f;
	const struct job *job;
	struct key *found;  /* NULL: print every key */
	bool there;
};

static void
pause_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
print(const struct forge *f, const struct job *job, const struct key *k, const char *action)
{
	output_key(stdout, k, job->repo, f->api.host->name, action);
	if (wx_flush(stdout) == -1)
		err(WX_FAIL, "cannot write to standard output");
}

static const char *
keys_tail(const struct job *job)
{
	return job->repo != NULL ? "/keys" : "/ssh_signing_keys";
}

/* Where the key of JOB belongs, for messages. */
static const char *
place(const struct job *job)
{
	static char text[256];

	if (job->repo == NULL)
		return "your account, for signing";
	(void)snprintf(text, sizeof(text), "'%s'", job->repo);
	return text;
}

static int
refused(const struct forge *f, const struct job *job)
{
	refusal_say(&f->api, f->want->verb, job->repo);
	return WX_FAIL;
}

/* --- lists */

static void
each_key(const struct key *k, void *user)
{
	struct walk *w = user;

	if (w->found == NULL)
		output_key(stdout, k, w->job->repo, w->f->api.host->name, "listed");
	else if (k->wanted && !w->there) {
		*w->found = *k;
		w->there = true;
	}
}

/*
 * One page, PATH or, if that is NULL, the first, and all its keys to W. It is
 * read again if it cannot be read; API_UNSURE is not returned.
 */
static enum outcome
page(struct forge *f, const char *path, struct walk *w)
{
	bool signing = w->job->repo == NULL;
	const struct wx_pubkey *key = w->found != NULL ? &w->job->key : NULL;
	struct http_answer *ans = &f->api.ans;
	char tail[64];
	enum outcome got;
	int i;

	(void)snprintf(tail, sizeof(tail), "%s?per_page=100", keys_tail(w->job));
	for (i = 0; i < TRIES; i++) {
		if (i > 0)
			pause_ms(PAUSE_MS * i);
		got = path != NULL ? api_get(&f->api, path) : api_call(&f->api, "GET", tail, NULL);
		if (got == API_REFUSED)
			return got;
		if (got == API_DONE && ans->json && keyjson_list(ans->body, ans->len, signing, key, each_key, w) >= 0)
			return got;
		if (got == API_DONE)
			(void)snprintf(ans->why, sizeof(ans->why), "the answer is no list of keys");
	}
	say_die(WX_TEMP, "cannot list the keys of %s: %s", place(w->job), ans->why);
}

/*
 * The path of the page behind the one that was read, whose number is *NUMBER.
 * False if that was the last. A list that leads to another origin, or in a
 * circle, is none.
 */
static enum link
next_page(const struct forge *f, char path[static HTTP_LINE], long *number)
{
	char url[HTTP_LINE];
	enum link got = link_next(f->api.ans.link, url, sizeof(url));
	const char *p;
	long n;

	if (got != LINK_NEXT)
		return got;
	p = host_path(f->api.host, url);
	if (p == NULL || strncmp(p, f->api.host->prefix, strlen(f->api.host->prefix)) != 0)
		return LINK_BAD;
	n = link_page(url);
	if (n <= *number || n > PAGES)
		return LINK_BAD;
	*number = n;
	(void)snprintf(path, HTTP_LINE, "%s", p);
	return LINK_NEXT;
}

/* Walk all pages. FAILED after a message. */
static enum find
walk(struct forge *f, struct walk *w)
{
	char path[HTTP_LINE];
	enum link more = LINK_NONE;
	long number = 1;

	do {
		if (page(f, more == LINK_NEXT ? path : NULL, w) == API_REFUSED) {
			(void)refused(f, w->job);
			return FAILED;
		}
		if (w->there)
			return THERE;
		more = next_page(f, path, &number);
		if (more == LINK_BAD) {
			say("the list of keys leads astray, which is not followed: %s", f->api.ans.link);
			return FAILED;
		}
	} while (more == LINK_NEXT);
	return ABSENT;
}

static enum find
find(struct forge *f, const struct job *job, struct key *k)
{
	struct walk w = { .f = f, .job = job, .found = k };

	return walk(f, &w);
}

static int
list(struct forge *f, const struct job *job)
{
	struct walk w = { .f = f, .job = job };
	enum find got = walk(f, &w);

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
			pause_ms(1000);
		there = find(f, job, &k);
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
	say_die(WX_TEMP, "cannot add the key to %s: %s", place(job), in_use ?
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
		got = find(f, job, &k);
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
delete(struct forge *f, const struct job *job)
{
	char tail[64];
	struct key k;
	enum outcome got = API_DONE;
	enum find there;
	bool tried = false;
	int i;

	for (i = 0; i < 3; i++) {
		there = find(f, job, &k);
		if (there == FAILED)
			return WX_FAIL;
		if (there == ABSENT) {
			describe(f, job, &k);
			print(f, job, &k, tried ? "deleted" : "absent");
			return WX_OK;
		}
		(void)snprintf(tail, sizeof(tail), "%s/%" PRId64, keys_tail(job), k.id);
		if (f->want->dry_run)
			return rehearse(f, job, &k, "DELETE", tail, NULL, "would-delete");
		if (i == 2)
			break;
		got = api_call(&f->api, "DELETE", tail, NULL);
		if (got == API_DONE && f->api.ans.status == 204) {
			print(f, job, &k, "deleted");
			return WX_OK;
		}
		/* Not found: gone meanwhile, or no right to it. The list knows. */
		if (got == API_REFUSED && (f->api.ans.status != 404 || tried))
			return refused(f, job);
		tried = true;
	}
	say_die(WX_TEMP, "cannot delete the key from %s: no answer that can be read, and it is still there", place(job));
}

static int
verify(struct forge *f, const struct job *job)
{
	struct key k;

	switch (find(f, job, &k)) {
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
