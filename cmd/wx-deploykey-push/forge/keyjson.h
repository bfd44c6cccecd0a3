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
	enum yes read_only;
	enum yes enabled;
	bool wanted;                       /* it is the key that was asked about */
};

/* The names of the members of a key, as a forge has them; NULL for what it does not say. */
struct key_form {
	const char *id;
	const char *key;
	const char *title;
	const char *created_at;
	const char *last_used;
	const char *enabled;               /* true or false */
	const char *read_only;             /* the same; it must be there */
};

/* What the server of an error says, any UTF-8, shortened: show it by say(). */
struct problem {
	char message[KEYJSON_WORDS];
	char details[KEYJSON_WORDS];       /* errors[].message, with "; " between */
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

/* What TEXT says of an error; empty strings if it is no such object. */
void keyjson_problem(const char *text, size_t len, struct problem *out);

#endif
