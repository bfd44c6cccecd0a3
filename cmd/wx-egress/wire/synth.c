/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define BUCKETS 4096

struct held {
	char     name[WX_HOSTNAME_MAX];
	int64_t  asked;       /* when, last */
	unsigned connections;
	bool     kept;
	unsigned next;        /* of its bucket, an index and 1; 0: the last */
};

/* The name with index I has the address FIRST + I; 0 is wrapix.internal. */
struct synth {
	uint32_t    first;
	unsigned    bits;
	size_t      most, n;
	struct held *held;
	unsigned    buckets[BUCKETS];
};

static uint32_t
number_of(const unsigned char a[static 4])
{
	return (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
}

static unsigned
bucket_of(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % BUCKETS;
}

static struct held *
find(const struct synth *s, const char *name)
{
	unsigned i;

	for (i = s->buckets[bucket_of(name)]; i != 0; i = s->held[i - 1].next)
		if (strcmp(s->held[i - 1].name, name) == 0)
			return &s->held[i - 1];
	return NULL;
}

static void
unlink_from_bucket(struct synth *s, const struct held *h)
{
	unsigned *at = &s->buckets[bucket_of(h->name)], i = (unsigned)(h - s->held) + 1;

	while (*at != 0 && *at != i)
		at = &s->held[*at - 1].next;
	if (*at == i)
		*at = h->next;
}

static void
put(struct synth *s, struct held *h, const char *name, int64_t now, bool kept)
{
	unsigned *bucket = &s->buckets[bucket_of(name)];

	*h = (struct held){ .asked = now, .kept = kept, .next = *bucket };
	memcpy(h->name, name, strlen(name) + 1);
	*bucket = (unsigned)(h - s->held) + 1;
}

struct synth *
synth_make(const unsigned char range[static 4], unsigned bits)
{
	struct synth *s = calloc(1, sizeof(*s));
	size_t hosts = ((size_t)1 << (32 - bits)) - 2;

	if (s == NULL)
		return NULL;
	s->first = number_of(range) + 1;
	s->bits = bits;
	s->most = hosts < SYNTH_MAX ? hosts : SYNTH_MAX;
	s->held = calloc(s->most, sizeof(*s->held));
	if (s->held == NULL) {
		free(s);
		return NULL;
	}
	put(s, &s->held[s->n++], SYNTH_SELF, 0, true);
	return s;
}

void
synth_free(struct synth *s)
{
	if (s != NULL)
		free(s->held);
	free(s);
}

/* The one that may lose its address, or NULL: it goes to another name when no resolver can still have it. */
static struct held *
oldest(struct synth *s, int64_t now)
{
	struct held *old = NULL, *h;

	for (h = s->held; h < s->held + s->n; h++)
		if (!h->kept && h->connections == 0 && now - h->asked > 2 * SYNTH_TTL && (old == NULL || h->asked < old->asked))
			old = h;
	return old;
}

bool
synth_address(struct synth *s, const char *name, int64_t now, bool kept, unsigned char addr[static 4])
{
	struct held *h = find(s, name);
	uint32_t a;

	if (h == NULL && s->n < s->most) {
		h = &s->held[s->n++];
		put(s, h, name, now, kept);
	} else if (h == NULL) {
		h = oldest(s, now);
		if (h == NULL)
			return false;
		unlink_from_bucket(s, h);
		put(s, h, name, now, kept);
	}
	h->asked = now;
	a = s->first + (uint32_t)(h - s->held);
	addr[0] = (unsigned char)(a >> 24);
	addr[1] = (unsigned char)(a >> 16);
	addr[2] = (unsigned char)(a >> 8);
	addr[3] = (unsigned char)a;
	return true;
}

static struct held *
held_at(const struct synth *s, const unsigned char addr[static 4])
{
	uint32_t i = number_of(addr) - s->first;

	return i < s->n ? &s->held[i] : NULL;
}

const char *
synth_name(const struct synth *s, const unsigned char addr[static 4])
{
	const struct held *h = held_at(s, addr);

	return h != NULL ? h->name : NULL;
}

bool
synth_within(const struct synth *s, const unsigned char addr[static 4])
{
	return (number_of(addr) ^ (s->first - 1)) >> (32 - s->bits) == 0;
}

void
synth_use(struct synth *s, const unsigned char addr[static 4], bool begins, int64_t now)
{
	struct held *h = held_at(s, addr);

	if (h == NULL)
		return;
	if (begins)
		h->connections++;
	else if (h->connections > 0)
		h->connections--;
	h->asked = now;
}
