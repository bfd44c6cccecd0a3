/* SPDX-License-Identifier: MIT */
/*
 * A list of several pages that changes between two of them can leave out a key that is
 * there: what one deletes on page 1 moves the first of page 2 to the end of page 1. So what
 * is not found is believed not to be there when two walks have seen the same keys, for the
 * deletion that hid it in one of them is seen by the other.
 */
#include "walk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcommon/exitcode.h"
#include "say/say.h"

#define PAGES 100 /* of 100 keys */
#define WALKS 8   /* until two in a row agree */
#define TRIES 3   /* of a request that changes nothing */

/* A search in the pages of a list, or a telling of all keys in it. */
struct walk {
	const struct client *c;
	const struct job *job;
	struct key *found;  /* or NULL, and: */
	void (*each)(const struct client *, const struct job *, const struct key *);
	bool there;
	long pages;
	struct pages read;
	uint64_t sum;       /* of the keys that were seen, whatever their order */
	size_t told;
};

/* The keys of a list that were told already, by number. */
static int64_t told[PAGES * 100];

void
walk_pause(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

const char *
walk_tail(const struct client *c, const struct job *job)
{
	const struct forge *f = c->api.host->forge;

	return job->repo != NULL ? f->list : f->signing_list;
}

const struct key_form *
walk_form(const struct client *c, const struct job *job)
{
	const struct forge *f = c->api.host->forge;

	return job->repo != NULL ? f->form : f->signing_form;
}

const char *
walk_place(const struct job *job)
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
	w->each(w->c, w->job, k);
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
 * One page, NEXT as next_page() of the forge's row has it, "" for the first, and all its keys
 * to W. It is read again if it cannot be read; API_UNSURE is not returned.
 */
static enum outcome
page(struct client *c, const char *next, struct walk *w)
{
	const struct wx_pubkey *key = w->found != NULL ? &w->job->key : NULL;
	struct http_answer *ans = &c->api.ans;
	char tail[LINK_LEN + 64];
	enum outcome got;
	int i, n;

	(void)snprintf(tail, sizeof(tail), "%s%s", walk_tail(c, w->job), *next != '\0' ? next : c->api.host->forge->first_page);
	for (i = 0; i < TRIES; i++) {
		if (i > 0)
			walk_pause(WALK_PAUSE * i);
		got = *next == '/' ? api_get(&c->api, next) : api_call(&c->api, "GET", tail, NULL);
		if (got == API_REFUSED)
			return got;
		n = got == API_DONE && ans->json ?
		    keyjson_list(ans->body, ans->len, walk_form(c, w->job), key, each_key, w) : -1;
		if (n >= 0) {
			w->read.keys = n;
			w->read.seen += n;
			return got;
		}
		if (got == API_DONE)
			(void)snprintf(ans->why, sizeof(ans->why), "the answer is no list of keys");
	}
	say_die(WX_TEMP, "cannot list the keys of %s: %s", walk_place(w->job), ans->why);
}

/* Once through all pages. FAILED after a message. */
static enum find
walk_once(struct client *c, struct walk *w)
{
	char next[LINK_LEN] = "";
	enum link more;
	struct refusal r;

	w->read = (struct pages){ .number = 1 };
	w->sum = 0;
	w->pages = 0;
	do {
		w->pages++;
		if (page(c, next, w) == API_REFUSED) {
			r = api_refusal(&c->api, c->want->verb);
			forge_explain(&r);
			return FAILED;
		}
		if (w->there)
			return THERE;
		more = c->api.host->forge->next_page(c->api.host, &c->api.ans, &w->read, next);
		/* One that leads to another origin, or in a circle, is none. */
		if (more == LINK_BAD || (more == LINK_NEXT && w->pages == PAGES)) {
			say("the list of keys leads astray, which is not followed%s%s", c->api.ans.link[0] != '\0' ? ": " : "",
			    c->api.ans.link);
			return FAILED;
		}
	} while (more == LINK_NEXT);
	return ABSENT;
}

/* Walk until it is certain: one page is of one moment. FAILED after a message. */
static enum find
walk(struct client *c, struct walk *w)
{
	uint64_t before = 0;
	enum find got;
	int i;

	for (i = 0; i < WALKS; i++) {
		if (i > 1)
			walk_pause(WALK_PAUSE * i);
		got = walk_once(c, w);
		if (got != ABSENT || w->pages == 1 || (i > 0 && w->sum == before))
			return got;
		before = w->sum;
	}
	say_die(WX_TEMP, "the list of the keys of %s changes each time that it is read", walk_place(w->job));
}

enum find
walk_find(struct client *c, const struct job *job, struct key *k)
{
	struct walk w = { .c = c, .job = job, .found = k };

	return walk(c, &w);
}

enum find
walk_each(struct client *c, const struct job *job,
    void (*each)(const struct client *, const struct job *, const struct key *))
{
	struct walk w = { .c = c, .job = job, .each = each };

	return walk(c, &w);
}
