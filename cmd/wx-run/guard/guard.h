/* SPDX-License-Identifier: MIT */
#ifndef GUARD_H
#define GUARD_H

#include <sys/stat.h>
#include <sys/types.h>

#include "plan/plan.h"

/*
 * What in the project the sandbox must not change: files that the host's git,
 * editor or shell would act upon by themselves. A guard is a bind mount of a path
 * onto itself, which wx-run makes by descriptor (mountns/mountns.h); those above a protected
 * path are anchors (a directory that is a mount point cannot be renamed). .git is not among
 * them: see private/private.h.
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
	bool   repository;  /* a nested one: too much to be copied and put back */
	dev_t  dev;
	ino_t  ino;
};

struct guard_root {
	int   fd;           /* O_PATH */
	char *host;         /* its path on the host, */
	char *dest;         /* and inside */
	char *label;        /* before REL in words to the user: "", ".git/" or DEST without its '/' */
	bool  tree;         /* mounted by -m to be written; no git folder, */
	bool  git;          /* but a repository, of which the run's own .git is there (sides/sides.h) */
	struct known *known;   /* the directories that were there: known.h */
};

/* A directory that a kind's first component leads to by a symbolic link: what is in REAL
 * is, to the host's tools, in NAME. Both below the project. */
struct guard_alias {
	char *real, *name;
};

struct guards {
	struct { struct guard *v; size_t n, cap; } list;
	struct { struct guard_root *v; size_t n, cap; } roots;   /* [0]: the project */
	struct mounts covers;    /* made files over what is hidden or rewritten */
	struct strv watch;      /* of the project: protected were they there */
	struct { struct guard_alias *v; size_t n, cap; } aliases;
	struct strv on_path;    /* directories of the project on the user's PATH, there or not */
	char        *own_git;    /* the project's own git directory, below it; or NULL */
	bool         bare;       /* the project is a repository without a tree */
	bool         had_git;    /* the project had a .git */
	bool         hold;       /* this is to be a run */
	const struct strv *unprotect;
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

/* Add the directory HOST, which is at DEST inside, to G->roots, with LABEL; its index there. Dies
 * with a line. */
int guard_root(struct guards *g, const char *host, const char *dest, const char *label);

/* Stat REL of ROOT (an index of G->roots) for a guard: false if it is not there; dies with
 * a line if it cannot be guarded. */
bool guard_look(const struct guards *g, int root, const char *rel, struct stat *st);

/* Guard every directory above REL of ROOT, as it is: renaming one would take the mounts
 * below it along. */
void guard_anchors(struct guards *g, int root, const char *rel);

/*
 * Protect REL of ROOT where it is there. A symbolic link is what it leads to: that is
 * protected if it lies in the project; the link itself, which no mount can hold, is watched.
 * True if it is there, or was released by -u. Dies as guard_look does.
 */
bool guard_protect(struct guards *g, const struct plan *p, int root, const char *rel);

/*
 * What REL of ROOT leads to, through any symbolic links, is to be what it is: protected
 * where it is there, watched where not. Nothing is done where that is in the project's own
 * git directory, the project itself, or out of it. For hooks, and what a configuration names.
 */
void guard_protect_target(struct guards *g, const struct plan *p, int root, const char *rel);

/* The same of PATH of the host, absolute and clean. */
void guard_protect_named(struct guards *g, const struct plan *p, const char *path);

/* Say what the user should know before the run: what no mount holds (guard_say_open),
 * where the look for nested repositories stopped short, directories on the user's PATH. */
void guard_say(const struct guards *g);

/* The paths below TOP, the project or a directory that -m mounts, that are read-only inside, without those of
 * .git. */
void fixed_read_only(const struct guards *g, const char *top, struct strv *out);

/* And those that are hidden: covered by something empty. */
void fixed_hidden(const struct guards *g, const struct plan *p, struct strv *out);

/*
 * Unix sockets in the project on which somebody listens are services of the host's, and no
 * network namespace keeps a sandbox from one: append to LATE an empty file over each that is
 * found. Those that the kernel lists by a name in the project (proc(5), net/unix), and those
 * among the first names of the project. To be called in a run, before the mounts are made;
 * a socket where nobody listens is left alone, so that a server inside can remove it.
 */
void sockets_cover(const struct guards *g, const struct plan *p, struct mounts *late);

#endif
