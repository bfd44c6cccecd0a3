/* SPDX-License-Identifier: MIT */
#include "gitindex.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define STAT_LEN   40        /* of an entry: ctime ... size, before the object name */
#define MODE_AT    24
#define TYPE_MASK  0170000
#define GITLINK    0160000
#define EXTENDED   0x4000    /* of the flags: two more bytes. git asks no version for it */
#define NAME_MASK  0x0fff    /* of the flags: the name's length, or this if it is longer */
#define LINKS_MAX  10000

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
	unsigned flags;
	long strip;

	if ((size_t)(c->end - c->p) < fixed + 2)
		return -1;
	*mode = be32(start + MODE_AT);
	flags = (unsigned)start[fixed - 2] << 8 | start[fixed - 1];
	if ((flags & EXTENDED) != 0)
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
	if (n + keep >= PATH_MAX)
		return -1;
	/* git goes by this length, not by the NUL: where the two differ, what it sees
	 * behind this entry is not what we see. */
	if ((flags & NAME_MASK) != (n + keep < NAME_MASK ? n + keep : NAME_MASK))
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

/*
 * The table by which git reads the entries in several threads, block by block, SIZE
 * bytes at T: does it name what we read, from the first entry to END?
 */
static bool
table_matches(const unsigned char *data, const unsigned char *end, const unsigned char *t,
    size_t size, size_t hash)
{
	struct cursor c = { .p = data + 12, .end = end };
	char name[PATH_MAX] = "";
	uint32_t version = be32(data + 4), n, mode;
	size_t at;

	if (size % 8 != 4)
		return false;
	for (at = 4; at < size; at += 8) {
		if (be32(t + at) != (size_t)(c.p - data))
			return false;
		for (n = be32(t + at + 4); n > 0; n--)
			if (entry(&c, version, hash, name, &mode) == -1)
				return false;
	}
	return c.p == end;
}

static void
base_name(const unsigned char *name, size_t hash, char base[static GITINDEX_NAME])
{
	static const char hex[] = "0123456789abcdef";
	bool any = false;
	size_t i;

	for (i = 0; i < hash; i++) {
		base[2 * i] = hex[name[i] >> 4];
		base[2 * i + 1] = hex[name[i] & 15];
		any |= name[i] != 0;
	}
	base[any ? 2 * hash : 0] = '\0';
}

/*
 * The extensions, from C up to the checksum. "link" names a base; "EOIE" and "IEOT"
 * say where git is to find the others, and the entries: that must be where we did.
 */
static int
extensions(const unsigned char *data, struct cursor *c, size_t hash,
    char base[static GITINDEX_NAME])
{
	const unsigned char *start = c->p, *ext;
	size_t size;

	while ((size_t)(c->end - c->p) >= hash + 8) {
		size = be32(c->p + 4);
		ext = c->p + 8;
		if (size > (size_t)(c->end - ext) - hash)
			return -1;
		if (memcmp(c->p, "link", 4) == 0) {
			if (size < hash)
				return -1;
			base_name(ext, hash, base);
		} else if (memcmp(c->p, "EOIE", 4) == 0) {
			if (size < 4 || be32(ext) != (size_t)(start - data))
				return -1;
		} else if (memcmp(c->p, "IEOT", 4) == 0 &&
		    !table_matches(data, start, ext, size, hash)) {
			return -1;
		}
		c->p = ext + size;
	}
	return (size_t)(c->end - c->p) == hash ? 0 : -1;
}

int
gitindex_links(const unsigned char *data, size_t len, size_t hash, struct words *out,
    char base[static GITINDEX_NAME])
{
	struct cursor c = { .p = data + 12, .end = data + len };
	char name[PATH_MAX] = "";
	uint32_t version, count, mode;
	bool replaced = false;

	*base = '\0';
	if (len < 12 + hash || memcmp(data, "DIRC", 4) != 0)
		return -1;
	version = be32(data + 4);
	count = be32(data + 8);
	if (version < 2 || version > 4)
		return -1;
	for (; count > 0; count--) {
		if (entry(&c, version, hash, name, &mode) == -1)
			return -1;
		/* In place of one of the base's, whose name it has: where it stands
		 * there we do not read. */
		replaced |= *name == '\0';
		if ((mode & TYPE_MASK) != GITLINK)
			continue;
		if (out->n == LINKS_MAX || *name == '\0')
			return -1;
		words_add(out, name);
	}
	if (extensions(data, &c, hash, base) == -1)
		return -1;
	return replaced && *base == '\0' ? -1 : 0;
}
