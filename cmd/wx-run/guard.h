/* SPDX-License-Identifier: MIT */
#ifndef GUARD_H
#define GUARD_H

#include <sys/types.h>

#include "plan.h"

/*
 * What in the project the sandbox must not change: files that the host's git,
 * editor or shell would act upon by themselves. A guard is a bind mount of a path
 * onto itself; those above a protected path are anchors (a folder that is a mount
 * point cannot be renamed). What git would read if it were there, and is not, is
 * made as a read-only placeholder for the time of the run, in the git folder only.
 */
enum guard_kind {
	GUARD_ANCHOR,       /* writable, in its place */
	GUARD_RO,           /* cannot be changed */
};

struct guard {
	int    root;        /* index of guards.roots */
	char  *rel;         /* path below it; "" is the root itself */
	enum guard_kind kind;
	bool   absent;      /* to be made as a placeholder */
	bool   dir;
	const char *content;/* of a placeholder that is a file */
	dev_t  dev;
	ino_t  ino;
};

struct guard_root {
	int   fd;           /* O_PATH */
	char *host;         /* its path on the host, */
	char *dest;         /* and inside */
	char *label;        /* before REL in words to the user: "" or ".git/" */
};

struct guards {
	struct { struct guard *v; size_t n, cap; } list;
	struct { struct guard_root *v; size_t n, cap; } roots;   /* [0]: the project */
	struct mounts covers;    /* made files over what is hidden or rewritten */
	struct words watch;      /* of the project: protected were they there */
	bool         had_git;    /* the project had a .git */
	struct words git_dirs;   /* "root:rel" of each guarded git folder */
};

/* Find what is to be guarded; changes nothing. Dies with a line that names the
 * path: a symbolic link on the way, a FIFO or device in a protected place. */
void guard_find(struct guards *g, struct plan *p);

/* Make the placeholders, with their names in the journal before. */
void guard_make(struct guards *g, const struct plan *p);

/* Append the mounts to the plan. */
void guard_mounts(struct guards *g, struct plan *p);

/* Remove what the journal names and is still as it was made; also a config.lock
 * that was left in a git folder (only where G is given). */
void guard_sweep(const struct plan *p);
void guard_sweep_locks(const struct guards *g);

/* The default list of protected paths of the work tree, NULL-terminated: globs. */
extern const char *const guard_defaults[];

/* The paths below DIRFD that match PATTERN, part by part; '*' leaves '/' alone. */
void guard_glob(int root, const char *pattern, struct words *out);

#endif
