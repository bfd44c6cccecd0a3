/* SPDX-License-Identifier: MIT */
#include "gitindex.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define STAT_LEN   40        /* of an entry: ctime ... size, before the object name */
#define MODE_AT    24
#define GITLINK    0160000
#define EXTENDED   0x4000    /* of the flags, from version 3: two more bytes */

struct cursor {
	const unsigned char *p, *end;
};

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The variable width number that says how much of the last name goes; -1: bad. */
static long
offset_varint(struct cursor *c)
{
	unsigned long n;

	if (c->p == c->end)
		return -1;
	n = *c->p & 0x7f;
	while (*c->p++ & 0x80) {
		if (c->p == c->end || n > PATH_MAX)
			return -1;
		n = (n + 1) << 7 | (*c->p & 0x7f);
	}
	return n > PATH_MAX ? -1 : (long)n;
}

/* One entry; NAME holds the last one's name, and then this one's. */
static int
entry(struct cursor *c, uint32_t version, size_t hash, char name[static PATH_MAX],
    uint32_t *mode)
{
	const unsigned char *start = c->p, *nul;
	size_t fixed = STAT_LEN + hash + 2, keep = 0, n, pad;
	long strip;

	if ((size_t)(c->end - c->p) < fixed + 2)
		return -1;
	*mode = be32(start + MODE_AT);
	if (version >= 3 && ((start[fixed - 2] << 8 | start[fixed - 1]) & EXTENDED) != 0)
		fixed += 2;
	c->p = start + fixed;
	if (version == 4) {
		strip = offset_varint(c);
		if (strip < 0 || (size_t)strip > strlen(name))
			return -1;
		keep = strlen(name) - (size_t)strip;
	}
	nul = memchr(c->p, '\0', (size_t)(c->end - c->p));
	if (nul == NULL)
		return -1;
	n = (size_t)(nul - c->p);
	if (n + keep >= PATH_MAX || n + keep == 0)
		return -1;
	memcpy(name + keep, c->p, n + 1);
	c->p = nul + 1;
	if (version < 4) {
		/* Padded by 1 to 8 NULs to a multiple of eight. */
		pad = 8 - (fixed + n) % 8;
		if ((size_t)(c->end - nul) < pad)
			return -1;
		c->p = nul + pad;
	}
	return 0;
}

int
gitindex_links(const unsigned char *data, size_t len, size_t hash, struct words *out)
{
	struct cursor c = { .p = data + 12, .end = data + len };
	char name[PATH_MAX] = "";
	uint32_t version, count, mode;

	if (len < 12 + hash || memcmp(data, "DIRC", 4) != 0)
		return -1;
	version = be32(data + 4);
	count = be32(data + 8);
	if (version < 2 || version > 4)
		return -1;
	for (; count > 0; count--) {
		if (entry(&c, version, hash, name, &mode) == -1)
			return -1;
		if (mode == GITLINK)
			words_add(out, name);
	}
	/* What follows are extensions and the checksum, of HASH bytes at least. */
	return (size_t)(c.end - c.p) < hash ? -1 : 0;
}
