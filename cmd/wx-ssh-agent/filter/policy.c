/* SPDX-License-Identifier: MIT */
#include "filter.h"

#include <stdio.h>
#include <string.h>

/* Into the pool. 0, or -1: there is no room. */
static int
keep(struct policy *p, struct blob *b, const void *blob, size_t len)
{
	if (len > sizeof(p->pool) - p->used)
		return -1;
	*b = (struct blob){ .at = p->used, .len = (uint32_t)len };
	memcpy(p->pool + p->used, blob, len);
	p->used += (uint32_t)len;
	return 0;
}

const unsigned char *
policy_blob(const struct policy *p, const struct blob *b)
{
	return p->pool + b->at;
}

int
policy_key(struct policy *p, const char *name, const void *blob, size_t len)
{
	unsigned i;

	for (i = 0; i < p->nkeys; i++)
		if (p->keys[i].blob.len == len && memcmp(policy_blob(p, &p->keys[i].blob), blob, len) == 0)
			return (int)i;
	if (i == POLICY_KEYS || keep(p, &p->keys[i].blob, blob, len) == -1)
		return -1;
	(void)snprintf(p->keys[i].name, sizeof(p->keys[i].name), "%s", name);
	p->nkeys++;
	return (int)i;
}

int
policy_dest(struct policy *p, const char *user, size_t user_len, const char *host)
{
	struct policy_dest *d;
	unsigned i;

	for (i = 0; i < p->ndests; i++)
		if (strlen(p->dests[i].user) == user_len && memcmp(p->dests[i].user, user, user_len) == 0 &&
		    strcmp(p->dests[i].host, host) == 0)
			return (int)i;
	if (i == POLICY_DESTS || user_len >= sizeof(d->user) || strlen(host) >= sizeof(d->host))
		return -1;
	d = &p->dests[p->ndests++];
	(void)snprintf(d->user, sizeof(d->user), "%.*s", (int)user_len, user);
	(void)snprintf(d->host, sizeof(d->host), "%s", host);
	d->first = p->nhosts;
	d->count = 0;
	return (int)i;
}

int
policy_host(struct policy *p, const void *blob, size_t len)
{
	if (p->nhosts == POLICY_HOSTS || keep(p, &p->hosts[p->nhosts], blob, len) == -1)
		return -1;
	p->nhosts++;
	p->dests[p->ndests - 1].count++;
	return 0;
}

int
policy_use(struct policy *p, unsigned key, int dest)
{
	unsigned i;

	for (i = 0; i < p->nuses; i++)
		if (p->uses[i].key == key && p->uses[i].dest == dest)
			return 0;
	if (i == POLICY_KEYS)
		return -1;
	p->uses[p->nuses++] = (struct policy_use){ .key = key, .dest = dest };
	return 0;
}
