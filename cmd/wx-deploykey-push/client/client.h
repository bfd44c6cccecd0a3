/* SPDX-License-Identifier: MIT */
#ifndef CLIENT_H
#define CLIENT_H

#include "api.h"
#include "want/want.h"

/* Who does the work, and how. */
struct client {
	struct api api;
	const struct want *want;
	const char *token;       /* a secret, the caller's */
	bool warned;             /* of what a key's life hangs on */
};

/*
 * Do what is wanted with the key of JOB: add, delete or verify it, or list all
 * keys of its place. The line about it is on standard output, flushed. WX_OK;
 * WX_FAIL after a message, if it is only this job that failed. Dies on what every later job
 * would meet as well.
 */
int client_do(struct client *c, const struct job *job);

/* Delete each key of JOB's repository of which WANTED is true, 100 at the most. WX_OK; WX_FAIL after a message. */
int client_sweep(struct client *c, const struct job *job, bool (*wanted)(const struct key *));

#endif
