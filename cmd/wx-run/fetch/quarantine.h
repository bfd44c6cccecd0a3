/* SPDX-License-Identifier: MIT */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Objects that are fetched lie in a directory of their own until all of them are there and were
 * checked, as git-receive-pack(1), "QUARANTINE ENVIRONMENT" has it: a fetch that fails, or is killed,
 * leaves nothing in the repository. It is in the repository's own objects directory, from where a
 * file is renamed to its place; by its name "tmp_objdir-..." git gc removes one that was left.
 */
struct quarantine {
	char *path;       /* for GIT_OBJECT_DIRECTORY */
	char *borrowed;   /* for GIT_ALTERNATE_OBJECT_DIRECTORIES: the repository's own objects */
	char *name;
	int   objects;    /* these, a descriptor */
};

/* Make it for the run RUN in the directory OBJECTS; one that an earlier try left goes. False with errno. */
bool quarantine_open(struct quarantine *q, const char *objects, const char *run);

/* What is in it to its place; nothing that is there is replaced. False with errno: what was moved
 * stays, and is whole. */
bool quarantine_accept(const struct quarantine *q);

/* Remove it with what is left in it. */
void quarantine_close(struct quarantine *q);

#endif
