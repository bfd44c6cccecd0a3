/* SPDX-License-Identifier: MIT */
#ifndef FORGE_H
#define FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "host.h"
#include "keyjson.h"
#include "link.h"
#include "libcommon/pubkey.h"

/*
 * The door of this room: what differs from one kind of forge to another. A kind is a file with
 * one row; the other rooms ask the row, and compare no kinds.
 */

#define FORGE_BASE 1024 /* bytes of the path of a repository's resource, NUL included */

enum verb { VERB_ADD, VERB_DELETE, VERB_LIST, VERB_VERIFY };

struct http_answer;

/* A key to be added. */
struct new_key {
	const struct wx_pubkey *key;
	const char *title;
	bool signing;              /* for the user's signatures, else for a repository */
	bool read_only;
	long days;                 /* after which it expires; 0: never */
};

/* How far the pages of a list were read. */
struct pages {
	long number;               /* of the last one, by the forge's own count, which grows */
	long keys;                 /* in it */
	long seen;                 /* in all of them */
};

/* An answer that refused a request, and what the request was. */
struct refusal {
	const struct host *host;
	const struct http_answer *ans;
	const char *token_from;    /* for messages */
	enum verb verb;
	const char *repo;          /* NULL: the user's signing keys */
};

struct forge {
	const char *kind;          /* as options and configuration name it: "github" */
	const char *alias;         /* another such name, or NULL */
	const char *home;          /* the host that is of this kind and no other; NULL: there is none */
	const char *name;          /* for messages: "GitHub" */
	const char *const *fields; /* of the header of each request, up to NULL; "%s" in one stands for the token */

	/* Fill authority and prefix of H, whose web and port are set; PORT_GIVEN: the user named one. NULL, or why not. */
	const char *(*place)(struct host *h, bool port_given);
	/* NULL if S can be a repository there, else why not. Its letters need no escape but those that BASE makes. */
	const char *(*repo_fault)(const char *s);
	/* The path of REPO, behind the prefix, into TO; of the user if that is NULL. */
	void (*base)(char to[static FORGE_BASE], const char *repo);

	const char *list;          /* behind the base: the keys of a repository; "/ID" behind it is one of them */
	const char *signing_list;  /* the user's signing keys; NULL: it has none, and NO_SIGNING says so */
	const char *no_signing;    /* with the remedy */
	const char *first_page;    /* the query of the longest page that it gives */
	/*
	 * Where the list goes on behind the page that came as ANS, with which P ends: LINK_NEXT, the next one's path, or,
	 * if that begins with '?', its query, in NEXT, and its number in P. LINK_BAD if it leads astray.
	 */
	enum link (*next_page)(const struct host *h, const struct http_answer *ans, struct pages *p, char next[static LINK_LEN]);
	const struct key_form *form, *signing_form;

	/* The body of the request to add K, as JSON. */
	void (*body)(FILE *fp, const struct new_key *k);
	int added;                 /* the status of success */
	bool adds_again;           /* which it answers as well for a key that is there: look first */
	bool expires;              /* a key can have an end */
	bool only_reads;           /* no key of it can write */
	/* Does the answer say that another key has this title already? NULL: titles can be the same. */
	bool (*title_taken)(const struct refusal *r, const struct problem *p);
	/* Is it, though its status is 401, about a right that is missing, and not about the token? NULL: it never is. */
	bool (*denied)(const struct problem *p);
	/* Does the answer say that the key is known to the forge already, here or elsewhere? */
	bool (*in_use)(const struct refusal *r, const struct problem *p);
	/* Say that it is so, and not in the list that was asked for; with the remedy. */
	void (*say_elsewhere)(const char *repo);
	/* Say what was refused and what to do. */
	void (*explain)(const struct refusal *r, const struct problem *p);
	/*
	 * Would a token with the scopes of the last answer be refused the change? It is said, then. NULL: the
	 * forge does not tell scopes.
	 */
	bool (*lacks_scope)(const struct refusal *r);
	/*
	 * Is ANS, to a request for BASE and TAIL, the forge's way to say that the repository has another name? The base
	 * to use from now on into BASE. NULL: it has none.
	 */
	bool (*moved)(const struct host *h, const struct http_answer *ans, char base[static FORGE_BASE], const char *tail);

	/* Say what the life of a key that TOKEN added hangs on. NULL: on nothing. */
	void (*say_life)(const char *token);
	const char *new_token[2];  /* how to get one, before and behind the host */
	/* Variables that hold a token for H, in their order, up to NULL. */
	const char *const *(*variables)(const struct host *h);
	/* A variable that names the host that these are for, and why it leaves none; or NULL. */
	const char *variable_of_host;
	enum token_file { TOKEN_NOWHERE, TOKEN_GH, TOKEN_GLAB, TOKEN_TEA } token_file; /* of its own tool */
};

/* The row of KIND; NULL: there is none. */
const struct forge *forge_of_kind(const char *kind);

/* The kinds that there are, with ", " between. */
const char         *forge_kinds(void);

/*
 * The row of the host WEB, in lower case, by its name alone. NULL, and *WHY, in words, if it is of
 * none, or if its name speaks of a kind without saying it: then the user has to.
 */
const struct forge *forge_of_host(const char *web, const char **why);

/* Say what R refused, and what to do. */
void                forge_explain(const struct refusal *r);

/* Is R about a key that the forge knows already? */
bool                forge_in_use(const struct refusal *r);

/* Is it about a title that another key has? */
bool                forge_title_taken(const struct refusal *r);

/* Is the status 401 of ANS about a right that is missing, and not about the token? */
bool                forge_denied(const struct forge *f, const struct http_answer *ans);

/*
 * Did the refusal ANS, cut or garbled on its way, lose what it says? Some statuses have several
 * meanings.
 */
bool                forge_unreadable(const struct http_answer *ans);

/* One line of printable UTF-8, TITLE_LEN bytes at the most, not empty. NULL if S is, else why not. */
const char         *forge_title_fault(const char *s);

#define TITLE_LEN 255 /* bytes of a title that we send */

#endif
