/* SPDX-License-Identifier: MIT */
#ifndef WALK_H
#define WALK_H

#include "client.h"

enum find { THERE, ABSENT, FAILED };

#define WALK_PAUSE 300 /* ms before the second try of a request, twice that before the third */

void walk_pause(long ms);

/* The path of the list that JOB is about, behind the base of the API. */
const char *walk_tail(const struct client *c, const struct job *job);

/* How its keys are written there. */
const struct key_form *walk_form(const struct client *c, const struct job *job);

/* Where the key of JOB belongs, for messages; good until the next call. */
const char *walk_place(const struct job *job);

/*
 * Look for the key of JOB in the list of its place; *K if it is THERE. ABSENT is certain: of a
 * list that changes while it is read, or cannot be read, it dies with WX_TEMP. FAILED after a
 * message.
 */
enum find walk_find(struct client *c, const struct job *job, struct key *k);

/* Call EACH once with every key of the list; ABSENT at the end, else as above. */
enum find walk_each(struct client *c, const struct job *job,
    void (*each)(const struct client *, const struct job *, const struct key *));

#endif
