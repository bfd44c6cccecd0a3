/* SPDX-License-Identifier: MIT */
#ifndef WANT_H
#define WANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "forge/forge.h"
#include "libcommon/pubkey.h"

/* What the command line asks for. */
struct want {
	enum verb verb;
	bool signing;       /* the user's signing keys, no repository */
	bool batch;
	bool dry_run;
	bool tell_kind;     /* of the forge, and nothing else */
	bool read_only;
	const char *kind;   /* of the forge; NULL: by configuration or name */
	const char *host;   /* HOST[:PORT]; NULL: the kind's own */
	bool reap;          /* look after what sessions left */
	unsigned seconds;   /* that a session has at the most; 0: it is none */
	const char *repo;   /* NULL with signing or batch */
	const char *title;  /* NULL: the key's comment */
	const char *cacert; /* NULL: the environment's or the system's */
	int token_fd;       /* -1: search */
	long max_time;      /* seconds that one request may take */
	long days;          /* after which an added key expires; 0: never */
	long wait;          /* seconds that a key to verify may be late */
};

/* One key and where it belongs. */
struct job {
	const char *repo;      /* NULL: the user's signing keys */
	const char *title;     /* NULL: the key's comment */
	struct wx_pubkey key;  /* not set for VERB_LIST */
};

/* A line of a batch: repository, title, key, and what is between them. */
#define INPUT_LINE (256 + TITLE_LEN + WX_PUBKEY_LINE_MAX)

/* Room for what a job points into. */
struct input {
	size_t len;
	char line[INPUT_LINE + 1];
	char title[TITLE_LEN + 1];
};

/*
 * The public key on standard input, all of it, as JOB, whose repo is set. For
 * VERB_ADD it gets a title: TITLE, if not NULL, or its comment. Dies, and shows nothing
 * of it, if it is no such key.
 */
void        input_key(struct input *in, enum verb verb, const char *title, struct job *job);

/* The next line of FP, without its end, into IN. False at the end; dies on a read error. */
bool        input_line(FILE *fp, struct input *in);

/*
 * The line in IN, "REPO TAB TITLE TAB KEY", as JOB, of a repository of FORGE; for VERB_LIST the repository
 * is enough, and an empty title is the key's comment. NULL, or why it is not one,
 * which shows nothing of it.
 */
const char *input_job(struct input *in, const struct forge *forge, enum verb verb, struct job *job);

#endif
