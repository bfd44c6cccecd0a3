/* SPDX-License-Identifier: MIT */
#ifndef GUARD_H
#define GUARD_H

#include <sys/stat.h>
#include <sys/types.h>

#include "plan/plan.h"

/*
 * What in the project the sandbox must not change: files that the host's git,
 * editor or shell would act upon by themselves. A guard is a bind mount of a path
 * onto itself, which wx-run makes by descriptor (run/mountns.h); those above a protected
 * path are anchors (a directory that is a mount point cannot be renamed). .git is not among
 * them: see git/private.h.
 */
enum guard_kind {
	GUARD_ANCHOR,       /* writable, in its place */
	GUARD_RO,           /* cannot be changed */
};

struct guard {
	int    root;        /* index of guards.roots */
	char  *rel;         /* path below it; "" is the root itself */
	enum guard_kind kind;
	bool   dir;
	bool   open;        /* no mount holds it: put back after the run */
	dev_t  dev;
	ino_t  ino;
};

struct guard_root {
	int   fd;           /* O_PATH */
	char *host;         /* its path on the host, */
	char *dest;         /* and inside */
	char *label;        /* before REL in words to the user: "", ".git/" or DEST without its '/' */
	bool  tree;         /* mounted by -m to be written; no git folder */
};

struct guards {
	struct { struct guard *v; size_t n, cap; } list;
	struct { struct guard_root *v; size_t n, cap; } roots;   /* [0]: the project */
	struct mounts covers;    /* made files over what is hidden or rewritten */
	struct words watch;      /* of the project: protected were they there */
	bool         had_git;    /* the project had a .git */
	bool         hold;       /* this is to be a run */
	const struct words *unprotect;
};

/*
 * Find what is to be guarded; changes nothing. Dies with a line that names the
 * path: a symbolic link on the way, a FIFO or device in a protected place. HOLD: a
 * run comes of it.
 */
void guard_find(struct guards *g, struct plan *p, bool hold);

/* Append the mounts to the plan. What the engine
 * cannot mount is marked open. */
void guard_mounts(struct guards *g, struct plan *p);

/* Say that some are. */
void guard_say_open(const struct guards *g);

/* Stat REL of ROOT (an index of G->roots) for a guard: false if it is not there; dies with
 * a line if it cannot be guarded. */
bool guard_look(const struct guards *g, int root, const char *rel, struct stat *st);

/* Guard every directory above REL of ROOT, as it is: renaming one would take the mounts
 * below it along. */
void guard_anchors(struct guards *g, int root, const char *rel);

/* The default list of protected paths of the work tree, NULL-terminated: globs. */
extern const char *const guard_defaults[];

#endif
