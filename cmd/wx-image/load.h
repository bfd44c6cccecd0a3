/* SPDX-License-Identifier: MIT */
#ifndef LOAD_H
#define LOAD_H

#include <sys/stat.h>

#include <stdbool.h>

#include "archive.h"

#define LOAD_HASH  64
#define LOAD_TAG   32         /* of the hash, in the image's name */
#define LOAD_OURS "localhost/wrapix/"

/* An archive that is to be an image of podman's. */
struct load {
	const char *podman;      /* its program */
	const char *states;      /* the directory of what is noted, and for the time of a load */
	const char *user;        /* the directory below it that notes the image of one user, or NULL */
	const char *path;        /* of the archive, for messages */
	enum archive kind;
	int         fd;
	struct stat st;
	char       *base;
	char        hash[LOAD_HASH + 1];
	char       *image;       /* what it is called */
	int         dir;         /* STATES, open */
	int         lock;        /* -1: not held */
};

/* What the name of an image begins with that comes from PATH: of the file, without its kinds and without the
 * hash of a Nix store. The caller owns it. */
char *load_base(const char *path);

/* The hash of what is in the archive to L->hash. Dies with a line. */
void load_hash(struct load *l);

/* Load it into podman's storage as L->image; the lock is held (kept.h). Dies with a line. */
void load_and_name(struct load *l);

/* Remove what a load that has not ended leaves; for atexit(3). */
void load_clean(void);

/* Was there a signal (task.h)? Then what is half done goes, and we end by it. */
void load_heed_signals(void);

/* podman's environment, and with PULL how to get to the network; NULL-terminated. The caller owns it. */
char **load_environment(bool pull);

/*
 * Run PODMAN with WORDS in CWD: its exit status, 256 + its number for a signal. Its words go to *SAID, if that
 * is not NULL, and its output to OUT (-1: nowhere).
 */
int load_podman(const char *podman, const char *cwd, const char *const words[], int out, char **said);

/* Has PODMAN the image NAME? */
bool load_exists(const char *podman, const char *name);

#endif
