/* SPDX-License-Identifier: MIT */
#ifndef API_H
#define API_H

#include <stdbool.h>
#include <time.h>

#include "forge/forge.h"
#include "http/http.h"

enum outcome {
	API_DONE,     /* 2xx */
	API_REFUSED,  /* 3xx and 4xx: the answer says why */
	API_UNSURE,   /* nobody knows whether it was done: ans.why says why */
};

/* A forge's API, one request at a time. Zeroed, but for the first four. */
struct api {
	struct http *http;
	const struct host *host;
	const char *token_from;    /* for messages */
	bool many;                 /* a batch: changes are kept a second apart */
	char base[FORGE_BASE];     /* of the paths under way: "/repos/o/r", "/user" */
	const char *repo;          /* that they are about; NULL: the user */
	bool movable;              /* it is a repository's, which can have moved */
	int64_t waited;            /* seconds, for limits */
	struct timespec changed;   /* when the last change was sent; 0: never */
	struct http_answer ans;    /* to the last request */
};

/* Requests are about REPO from now on; NULL: about the user. */
void     api_about(struct api *a, const char *repo);

/*
 * Send METHOD for TAIL, which follows the base ("/keys"), with BODY as JSON
 * unless NULL. Limits are waited for, up to RATELIMIT_MAX seconds in all. A
 * repository that has moved is followed once, with the same method, if the new
 * place is of the same origin and of the form that the forge gives it. Dies where
 * no later request would do better: bad token, no connection, no trust, a long limit.
 */
enum outcome api_call(struct api *a, const char *method, const char *tail, const char *body);

/* What was refused, for the rows of the forges. Good until the next request. */
struct refusal api_refusal(const struct api *a, enum verb verb);

/* GET PATH, the full path and query that host_path() gave. */
enum outcome api_get(struct api *a, const char *path);

#endif
