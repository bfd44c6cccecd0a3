/* SPDX-License-Identifier: MIT */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stddef.h>

#define HOST_NAME 253

/* A forge: where its API is, and no other place. */
struct host {
	char name[HOST_NAME + 12];   /* as the user says it, in lower case, with the port if he names one */
	char web[HOST_NAME + 1];     /* the same without the port */
	char authority[HOST_NAME + 12]; /* of the API: host, and port if it is not 443 */
	const char *prefix;          /* of each path there: "" or "/api/v3" */
	unsigned port;
	bool enterprise;             /* a server of its own: the second group of variables */
};

/* Fill H for HOST[:PORT]. NULL, or why it is not one. */
const char *host_set(struct host *h, const char *arg);

/*
 * The path and query of URL, "/" first, if it is https and of the API's origin,
 * or only a path; NULL if it leads elsewhere, or is no plain URL.
 */
const char *host_path(const struct host *h, const char *url);

/*
 * May URL be shown to the user as a page of this forge to open: https, the host
 * as he named it, and then a path and a query of plain letters?
 */
bool        host_web_url(const struct host *h, const char *url);

#endif
