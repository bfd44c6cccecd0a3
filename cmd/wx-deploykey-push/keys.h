/* SPDX-License-Identifier: MIT */
#ifndef KEYS_H
#define KEYS_H

#include "forge.h"
#include "keyjson.h"

enum find { THERE, ABSENT, FAILED };

#define KEYS_PAUSE 300 /* ms before the second try of a request, twice that before the third */

void keys_pause(long ms);

/* The path of the list that JOB is about, behind the base of the API. */
const char *keys_tail(const struct job *job);

/* Where the key of JOB belongs, for messages; good until the next call. */
const char *keys_place(const struct job *job);

/*
 * Look for the key of JOB in the list of its place; *K if it is THERE. ABSENT is certain: of a
 * list that changes while it is read, or cannot be read, it dies with WX_TEMP. FAILED after a
 * message.
 */
enum find keys_find(struct forge *f, const struct job *job, struct key *k);

/* Call EACH once with every key of the list; ABSENT at the end, else as above. */
enum find keys_each(struct forge *f, const struct job *job,
    void (*each)(const struct forge *, const struct job *, const struct key *));

#endif
