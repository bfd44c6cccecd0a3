/* SPDX-License-Identifier: MIT */
/*
 * A list of several pages that changes between two of them can leave out a key that is
 * there: what one deletes on page 1 moves the first of page 2 to the end of page 1. So what
 * is not found is believed not to be there when two walks have seen the same keys, for the
 * deletion that hid it in one of them is seen by the other.
 */
#include "keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcommon/exitcode.h"
#include "link.h"
#include "refusal.h"
#include "say.h"

#define PAGES 100 /* of 100 keys */
#define WALKS 8   /* until two in a row agree */
#define TRIES 3   /* of a request that changes nothing */

/* A search in the pages of a list, or a telling of all keys in it. */
struct walk {
	const struct forge *f;
	const struct job *job;
	struct key *found;  /* or NULL, and: */
	void (*each)(const struct forge *, const struct job *, const struct key *);
	bool there;
	long pages;
	uint64_t sum;       /* of the keys that were seen, whatever their order */
	size_t told;
};

/* The keys of a list that were told already, by number. */
static int64_t told[PAGES * 100];

void
keys_pause(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

const char *
keys_tail(const struct job *job)
{
	return job->repo != NULL ? "/keys" : "/ssh_signing_keys";
}

const char *
keys_place(const struct job *job)
{
	static char text[256];

	if (job->repo == NULL)
		return "your account, for signing";
	(void)snprintf(text, sizeof(text), "'%s'", job->repo);
	return text;
}

/* For a sum of which nobody would say that two sets of keys have it by chance (splitmix64). */
static uint64_t
scatter(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static void
once(struct walk *w, const struct key *k)
{
	size_t i;

	for (i = 0; i < w->told; i++)
		if (told[i] == k->id)
			return;
	if (w->told < sizeof(told) / sizeof(*told))
		told[w->told++] = k->id;
	w->each(w->f, w->job, k);
}

static void
each_key(const struct key *k, void *user)
{
	struct walk *w = user;

	w->sum += scatter((uint64_t)k->id);
	if (w->found == NULL)
		once(w, k);
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
			keys_pause(KEYS_PAUSE * i);
		got = path != NULL ? api_get(&f->api, path) : api_call(&f->api, "GET", tail, NULL);
		if (got == API_REFUSED)
			return got;
		if (got == API_DONE && ans->json && keyjson_list(ans->body, ans->len, signing, key, each_key, w) >= 0)
			return got;
		if (got == API_DONE)
			(void)snprintf(ans->why, sizeof(ans->why), "the answer is no list of keys");
	}
	say_die(WX_TEMP, "cannot list the keys of %s: %s", keys_place(w->job), ans->why);
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

/* Once through all pages. FAILED after a message. */
static enum find
walk_once(struct forge *f, struct walk *w)
{
	char path[HTTP_LINE];
	enum link more = LINK_NONE;
	long number = 1;

	w->sum = 0;
	w->pages = 0;
	do {
		w->pages++;
		if (page(f, more == LINK_NEXT ? path : NULL, w) == API_REFUSED) {
			refusal_say(&f->api, f->want->verb, w->job->repo);
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

/* Walk until it is certain: one page is of one moment. FAILED after a message. */
static enum find
walk(struct forge *f, struct walk *w)
{
	uint64_t before = 0;
	enum find got;
	int i;

	for (i = 0; i < WALKS; i++) {
		if (i > 1)
			keys_pause(KEYS_PAUSE * i);
		got = walk_once(f, w);
		if (got != ABSENT || w->pages == 1 || (i > 0 && w->sum == before))
			return got;
		before = w->sum;
	}
	say_die(WX_TEMP, "the list of the keys of %s changes each time that it is read", keys_place(w->job));
}

enum find
keys_find(struct forge *f, const struct job *job, struct key *k)
{
	struct walk w = { .f = f, .job = job, .found = k };

	return walk(f, &w);
}

enum find
keys_each(struct forge *f, const struct job *job,
    void (*each)(const struct forge *, const struct job *, const struct key *))
{
	struct walk w = { .f = f, .job = job, .each = each };

	return walk(f, &w);
}
