/* SPDX-License-Identifier: MIT */
#ifndef WANT_H
#define WANT_H

#include <stdbool.h>

#include "libcommon/pubkey.h"

#define TITLE_LEN 255 /* bytes of a title that we send */

enum verb { VERB_ADD, VERB_DELETE, VERB_LIST, VERB_VERIFY };

/* What the command line asks for. */
struct want {
	enum verb verb;
	bool signing;       /* the user's signing keys, no repository */
	bool batch;
	bool dry_run;
	bool read_only;
	const char *repo;   /* NULL with signing or batch */
	const char *title;  /* NULL: the key's comment */
	const char *cacert; /* NULL: the environment's or the system's */
	int token_fd;       /* -1: search */
	long max_time;      /* seconds that one request may take */
};

/* One key and where it belongs. */
struct job {
	const char *repo;      /* NULL: the user's signing keys */
	const char *title;     /* NULL: the key's comment */
	struct wx_pubkey key;  /* not set for VERB_LIST */
};

#endif
