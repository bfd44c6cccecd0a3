/* SPDX-License-Identifier: MIT */
#ifndef PLACE_H
#define PLACE_H

#include <limits.h>
#include <stdbool.h>

#define NAME_LEN 200 /* so that every name which is made of it fits NAME_MAX */

/* Where a key pair lies: a folder, open, and the name of the private half in it. */
struct place {
	int dir;
	char folder[PATH_MAX];
	char prefix[PATH_MAX]; /* before a name, to show it as the caller wrote it */
	char name[NAME_MAX + 1];
};

/*
 * Take PATH apart, check the name, open the folder; with MAKE, make it (0700) if
 * it is not there. Dies if the folder is not for its owner alone.
 */
void        place_open(struct place *p, const char *path, bool make);

/*
 * Keep other runs out, and signals that would end this one between two files.
 * Dies (WX_TEMP) if another holds it for 5 s.
 */
void        place_lock(const struct place *p);
void        place_unlock(const struct place *p);

/* NAME in this folder, for a message; valid until the next call but one. */
const char *place_path(const struct place *p, const char *name);

/* The exit code for what errno says. */
int         fail_code(void);

#endif
