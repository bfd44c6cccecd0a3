/* SPDX-License-Identifier: MIT */
#ifndef LOOK_H
#define LOOK_H

#include <sys/stat.h>

#include <limits.h>

#include "audit.h"
#include "guard/guard.h"

/* What is known of a directory of the walk; of struct left's flags, too: numbers stay. */
enum {
	IN_KIND    = 1,    /* of a protected kind, or below such a directory */
	IN_GIT     = 2,    /* a git directory, or below one */
	SAID       = 4,    /* below what a finding names as a whole */
	NAMES_FREE = 8,    /* below git's refs or logs: names there are those of branches */
	HOOKS      = 16,   /* its entries are git's hooks */
	OBJECTS    = 32,   /* or git's objects: nothing acts upon their names */
	MOVED      = 64,   /* it came here as it is, or may have: all in it is new */
	OLD        = 128,  /* looked at for an earlier run: what is guarded now was not then */
	CHANGED    = 256,  /* it changed itself, and so may have been closed by the sandbox */
};

/* A directory of the walk. */
struct place {
	char           *path;    /* below the project */
	struct timespec since;   /* what is not older than that is new */
	unsigned        flags;
	ino_t           ino;     /* see kinds/kinds.h; 0: the project */
};

/* The entry under the eye: its path, and what it is about. */
struct look {
	const struct guards *g;
	struct report *r;
	int    root;             /* of G->roots, that the path is below */
	char   path[PATH_MAX];
};

/* Note a finding about the entry. */
void look_found(const struct look *l, const char *kind, const char *detail);

/*
 * One entry, NAME of the directory AT that is opened as FD, with the inode number INO of
 * readdir(3); L->path is its path. *NEXT gets SINCE, INO and FLAGS of it. True: it is a
 * directory to be gone into.
 */
bool look_at(const struct look *l, const struct place *at, int fd, const char *name, ino_t ino,
    struct place *next);

/* All entries of AT were seen: PARTS, what look_part said of them, make it a repository? */
unsigned look_part(const char *name);
void look_for_bare(const struct look *l, const struct place *at, int fd, unsigned parts);

/* Is the entry closed to the sandbox, with all below it? */
bool look_sealed(const struct look *l);

/* Guards that changed since START: after a run that was killed nothing was verified, and what
 * it made new is guarded by now like the host's own. */
void look_at_guards(struct look *l, const struct timespec *start);

#endif
