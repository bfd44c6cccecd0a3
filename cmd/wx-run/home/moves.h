/* SPDX-License-Identifier: MIT */
#ifndef MOVES_H
#define MOVES_H

#include <stdbool.h>
#include <stddef.h>

#include "git/git.h"
#include "libcommon/tool/strv.h"

/* What is to become of one ref that changed inside. */
enum move_kind {
	MOVE_NONE,      /* it is here already */
	MOVE_NEW,       /* to be made */
	MOVE_FORWARD,   /* a fast-forward, or a rebase of the host's that ended inside */
	MOVE_KEEP,      /* to stay beside, under refs/wrapix/RUN */
	MOVE_STASH,     /* an entry for the stash */
	MOVE_GONE,      /* deleted inside: said, not done */
};

struct move {
	enum move_kind kind;
	char *ref;      /* refs/heads/..., refs/tags/..., refs/notes/..., refs/stash, or HEAD */
	char *new;      /* what it was at the end of the run, or NULL */
	char *start;    /* and at its start, or NULL: it was not there */
	char *here;     /* and on the host now, or NULL */
	bool  busy;     /* another work tree of the host's is on it */
	bool  refused;  /* git does not make or move it here */
};

struct moves {
	struct move *v;
	size_t       n, cap;
};

/* The names and values of one repository's refs, sorted by name. */
struct reflist {
	struct { char *name, *id; } *v;
	size_t n, cap;
};

/* The refs of G, with PREFIXES (NULL-terminated) only. False with a line in WRONG (512 bytes). */
bool reflist_read(const struct hostgit *g, const char *const prefixes[], struct reflist *out,
    char *wrong);
const char *reflist_find(const struct reflist *l, const char *name);
void reflist_free(struct reflist *l);

/* What is to become of each ref that changed, appended to OUT: by START's refs/wrapix (what was fetched),
 * its others (how it was) and HERE (the host's now), and by its history. FORCED: the branch that a rebase
 * of the host's rewrote inside, or NULL. BUSY: branches that work trees are on which were not inside:
 * they do not move below these. False with a line in WRONG (512 bytes): git cannot tell. */
bool moves_find(const struct hostgit *start, const struct reflist *fetched, const struct reflist *here,
    const char *forced, const struct strv *busy, struct moves *out, char *wrong);

/* HEAD was on no branch, at ID, with something unfinished: kept beside, for nothing else holds it. */
void moves_keep_head(struct moves *m, const char *id);

/* Try each that would be made or moved, alone, in the repository HOST: what cannot be, such as a
 * branch "a" beside one "a/b", is to be kept. */
void moves_separate(const struct hostgit *host, struct moves *m);

/* Make them in the repository HOST in one transaction, those to keep as refs/wrapix/RUN/...;
 * the stash's one by one. False with a line in WRONG (512 bytes): none was made, but for the stash's. */
bool moves_make(const struct hostgit *host, const struct hostgit *start, const struct moves *m,
    const char *run, char *wrong);

#endif
