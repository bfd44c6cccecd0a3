/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <inttypes.h>
#include <stdio.h>

#include "libcommon/exitcode.h"
#include "say/say.h"
#include "walk.h"

#define SWEEP_MAX 100

static bool (*is_wanted)(const struct key *);
static int64_t ids[SWEEP_MAX];
static size_t nids;

static void
note(const struct client *c, const struct job *job, const struct key *k)
{
	(void)c;
	(void)job;
	if (nids < SWEEP_MAX && is_wanted(k))
		ids[nids++] = k->id;
}

int
client_sweep(struct client *c, const struct job *job, bool (*wanted)(const struct key *))
{
	char tail[64];
	size_t i;
	int rc = WX_OK;

	api_about(&c->api, job->repo);
	is_wanted = wanted;
	nids = 0;
	if (walk_each(c, job, note) == FAILED)
		return WX_FAIL;
	for (i = 0; i < nids; i++) {
		(void)snprintf(tail, sizeof(tail), "%s/%" PRId64, walk_tail(c, job), ids[i]);
		if (api_call(&c->api, "DELETE", tail, NULL) != API_DONE && c->api.ans.status != 404) {
			say("cannot delete the key %" PRId64 " of '%s', whose time is over", ids[i], job->repo);
			rc = WX_FAIL;
		}
	}
	return rc;
}
