/* SPDX-License-Identifier: MIT */
#ifndef HOST_H
#define HOST_H

#include <stdbool.h>
#include <stddef.h>

#define HOST_NAME   253
#define HOST_PREFIX 128

struct forge;

/* The host of a forge: where its API is, and no other place. */
struct host {
	const struct forge *forge;
	char name[HOST_NAME + 12];   /* as the user says it, in lower case, with the port if he names one */
	char web[HOST_NAME + 1];     /* the same without the port */
	char authority[HOST_NAME + 12]; /* of the API: host, and port if it is not 443 */
	char prefix[HOST_PREFIX];    /* of each path there: "" or "/api/v3" */
	unsigned port;
	bool own;                    /* a server of its own, not the one that all share */
};

/* Fill H for HOST[:PORT], a host of FORGE. NULL, or why it is not one. */
const char *host_set(struct host *h, const struct forge *forge, const char *arg);

/* The host itself as authority, and PREFIX. */
void        host_own_api(struct host *h, const char *prefix);

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
