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
	 * Where the page goes on that came as ANS and was number *NUMBER: LINK_NEXT, its path, or,
	 * if that begins with '?', its query, in NEXT, and its number. LINK_BAD if it leads astray.
	 */
	enum link (*next_page)(const struct host *h, const struct http_answer *ans, char next[static LINK_LEN], long *number);
	const struct key_form *form, *signing_form;

	/* The body of the request to add K, as JSON. */
	void (*body)(FILE *fp, const struct new_key *k);
	int added;                 /* the status of success */
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

	/* Say what the life of a key that TOKEN added hangs on, if on anything. */
	void (*say_life)(const char *token);
	const char *log_in;        /* the command that gets a new token, up to the host */
	/* Variables that may hold a token for H, in their order, up to NULL. */
	const char *const *(*variables)(const struct host *h);
	enum token_file { TOKEN_GH } token_file; /* of its own tool */
};

/* The row of KIND; NULL: there is none. */
const struct forge *forge_of_kind(const char *kind);

/* Say what R refused, and what to do. */
void                forge_explain(const struct refusal *r);

/* Is R about a key that the forge knows already? */
bool                forge_in_use(const struct refusal *r);

/*
 * Did R's answer, cut or garbled on its way, lose what it says? Some statuses have several
 * meanings.
 */
bool                forge_unreadable(const struct http_answer *ans);

/* One line of printable UTF-8, TITLE_LEN bytes at the most, not empty. NULL if S is, else why not. */
const char         *forge_title_fault(const char *s);

#define TITLE_LEN 255 /* bytes of a title that we send */

#endif
