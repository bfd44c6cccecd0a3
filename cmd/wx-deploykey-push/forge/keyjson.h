/* SPDX-License-Identifier: MIT */
#ifndef KEYJSON_H
#define KEYJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/pubkey.h"

#define KEYJSON_TITLE 1025
#define KEYJSON_WORDS 512

enum yes { NO, YES, UNSAID };

/* A key as the forge describes it. */
struct key {
	int64_t id;                        /* above 0, below 2^53 */
	char title[KEYJSON_TITLE];         /* any UTF-8: escape it before a terminal sees it */
	char fingerprint[WX_FINGERPRINT];  /* "" if its key is of a kind that we do not know */
	char created_at[64];               /* "" if it does not say */
	char last_used[64];
	char expires_at[64];
	int64_t expires;                   /* the same in seconds since the epoch; -1: never, or in no form that we know */
	enum yes read_only;
	enum yes enabled;
	enum yes logs_in;                  /* a signing key: it opens the account as well */
	bool wanted;                       /* it is the key that was asked about */
};

/* The names of the members of a key, as a forge has them; NULL for what it does not say. */
struct key_form {
	const char *list;                  /* of a list: the member that holds it; NULL: it is the answer */
	const char *inside;                /* the member of a key that holds the first six of these; NULL: the key itself */
	const char *id;
	const char *key;
	const char *title;
	const char *created_at;            /* text, or milliseconds since the epoch */
	const char *last_used;
	const char *expires_at;
	const char *enabled;               /* true or false */
	/* One of these says whether it may write, and must be there; none for signing keys. */
	const char *read_only;             /* true or false */
	const char *can_push;              /* the opposite */
	const char *permission;            /* "REPO_READ" or something else */
	bool never_writes;                 /* no key of this forge does */
	const char *usage;                 /* "signing", or it also logs in */
};

/* What the server of an error says, any UTF-8, shortened: show it by say(). */
struct problem {
	char message[KEYJSON_WORDS];
	char details[KEYJSON_WORDS];       /* what it says of the single members, with "; " between */
};

/* Where a list goes on, in its own body. */
struct page_end {
	enum yes last;                     /* "isLastPage" */
	int64_t start;                     /* "nextPageStart"; -1: not said */
	char next[4096];                   /* "next", a URL; "" */
};

/*
 * All of these take TEXT of LEN bytes, then a NUL, and want it to be JSON of at
 * most 16 levels and nothing behind, in UTF-8, without NUL, and without a member that we
 * read being there twice. FORM says how its keys are written.
 */

/*
 * Call EACH, unless NULL, for every key of the array TEXT, in its order; KEY may
 * be NULL. The number of keys; -1, before any call, if it is no such array.
 */
int  keyjson_list(const char *text, size_t len, const struct key_form *form, const struct wx_pubkey *key,
    void (*each)(const struct key *, void *), void *user);

/* The one key TEXT is about. False if it is about none. */
bool keyjson_one(const char *text, size_t len, const struct key_form *form, const struct wx_pubkey *key,
    struct key *out);

/* Where the list TEXT goes on. */
void keyjson_page_end(const char *text, size_t len, struct page_end *out);

/* What TEXT says of an error; empty strings if it is no such object. */
void keyjson_problem(const char *text, size_t len, struct problem *out);

#endif
