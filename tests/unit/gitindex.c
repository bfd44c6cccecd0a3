/* SPDX-License-Identifier: MIT */
/* gitindex of wx-run, on indexes made by hand: those that git would not write. What
 * git writes is read in tests/workspace.bats. */
#include "cmd/wx-run/git/gitindex.c"
#include "cmd/wx-run/base/words.c"

static int n, bad;

static unsigned char buf[4096];
static size_t len;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
put(const void *p, size_t size)
{
	memcpy(buf + len, p, size);
	len += size;
}

static void
put32(uint32_t v)
{
	unsigned char b[4] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16),
	    (unsigned char)(v >> 8), (unsigned char)v };

	put(b, 4);
}

static void
zeros(size_t size)
{
	memset(buf + len, 0, size);
	len += size;
}

static void
begin(uint32_t version, uint32_t count)
{
	len = 0;
	put("DIRC", 4);
	put32(version);
	put32(count);
}

/* An entry as versions 2 and 3 have it; FLAGS but for the length, which is SAID. */
static void
add(uint32_t mode, size_t hash, unsigned flags, size_t said, const char *name)
{
	size_t start = len;
	unsigned char f[2] = { (unsigned char)(flags >> 8 | said >> 8), (unsigned char)said };

	zeros(24);
	put32(mode);
	zeros(12 + hash);
	put(f, 2);
	if ((flags & EXTENDED) != 0)
		zeros(2);
	put(name, strlen(name));
	zeros(8 - (len - start) % 8);
}

static void
extension(const char *sig, const void *p, size_t size)
{
	put(sig, 4);
	put32((uint32_t)size);
	put(p, size);
}

/* "a b|base" of what is in buf, or "bad". */
static void
is(size_t hash, const char *want)
{
	struct words links = { 0 };
	char base[GITINDEX_NAME], got[256] = "", *copy = malloc(len);
	size_t i;

	memcpy(copy, buf, len);
	if (gitindex_links((unsigned char *)copy, len, hash, &links, base) == -1) {
		(void)snprintf(got, sizeof(got), "bad");
	} else {
		for (i = 0; i < links.n; i++)
			(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s ", links.v[i]);
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "|%.6s", base);
	}
	free(copy);
	if (strcmp(got, want) != 0)
		printf("# got '%s'\n", got);
	ok(strcmp(got, want) == 0, want);
}

static void
entries(void)
{
	begin(2, 0), zeros(20), is(20, "|");
	begin(2, 1), add(0160000, 20, 0, 1, "s"), zeros(20), is(20, "s |");
	begin(2, 1), add(0160755, 20, 0, 1, "s"), zeros(20), is(20, "s |");
	begin(2, 1), add(0100644, 20, 0, 1, "f"), zeros(20), is(20, "|");
	begin(3, 2), add(0100644, 20, EXTENDED, 1, "f"), add(0160000, 20, 0, 3, "a/s"), zeros(20), is(20, "a/s |");
	/* git reads the two bytes of such a flag in version 2 as well. */
	begin(2, 2), add(0100644, 20, EXTENDED, 1, "f"), add(0160000, 20, 0, 1, "s"), zeros(20), is(20, "s |");
	begin(2, 2), add(0100644, 32, 0, 1, "f"), add(0160000, 32, 0, 1, "s"), zeros(32), is(32, "s |");
	/* The one hash taken for the other. */
	begin(2, 2), add(0100644, 32, 0, 1, "f"), add(0160000, 32, 0, 1, "s"), zeros(32), is(20, "bad");
	begin(2, 2), add(0100644, 20, 0, 1, "f"), add(0160000, 20, 0, 1, "s"), zeros(20), is(32, "bad");
	/* git would go on behind the length, not behind the NUL. */
	begin(2, 1), add(0100644, 20, 0, 2, "f"), zeros(20), is(20, "bad");
	begin(2, 1), add(0100644, 20, 0, 0xfff, "f"), zeros(20), is(20, "bad");
	begin(2, 1), add(0160000, 20, 0, 0, ""), zeros(20), is(20, "bad");
	begin(2, 2), add(0160000, 20, 0, 1, "s"), zeros(20), is(20, "bad");
	begin(2, 0xffffffff), add(0160000, 20, 0, 1, "s"), zeros(20), is(20, "bad");
	begin(1, 0), zeros(20), is(20, "bad");
	begin(5, 0), zeros(20), is(20, "bad");
	begin(2, 0), zeros(19), is(20, "bad");
	begin(2, 0), zeros(20), buf[0] = 'X', is(20, "bad");
}

static void
extensions_of(void)
{
	unsigned char name[20] = { 0xab, 0xcd, 0xef }, none[20] = { 0 }, at[24] = { 0 };
	size_t second;

	begin(2, 0), extension("link", name, 20), zeros(20), is(20, "|abcdef");
	begin(2, 0), extension("link", none, 20), zeros(20), is(20, "|");
	begin(2, 0), extension("link", name, 19), zeros(20), is(20, "bad");
	/* An entry in place of one of the base's has no name; a gitlink so could be any. */
	begin(2, 2), add(0100644, 20, 0, 0, ""), add(0160000, 20, 0, 1, "s"), extension("link", name, 20);
	zeros(20), is(20, "s |abcdef");
	begin(2, 1), add(0160000, 20, 0, 0, ""), extension("link", name, 20), zeros(20), is(20, "bad");
	begin(2, 1), add(0100644, 20, 0, 0, ""), extension("link", none, 20), zeros(20), is(20, "bad");
	begin(2, 1), add(0100644, 20, 0, 0, ""), zeros(20), is(20, "bad");
	begin(2, 0), extension("TREE", name, 3), extension("link", name, 20), zeros(20), is(20, "|abcdef");
	begin(2, 0), put("TREE", 4), put32(1000), zeros(20), is(20, "bad");
	begin(2, 0), put("TREE", 4), put32(0xffffffff), zeros(20), is(20, "bad");
	begin(2, 0), zeros(24), is(20, "bad");
	/* Where git is to find the end of the entries, and their blocks. */
	at[3] = 12;
	begin(2, 0), extension("EOIE", at, 24), zeros(20), is(20, "|");
	at[3] = 20;
	begin(2, 0), extension("EOIE", at, 24), zeros(20), is(20, "bad");
	begin(2, 2), add(0100644, 20, 0, 1, "f");
	second = len;
	add(0160000, 20, 0, 1, "s");
	memset(at, 0, sizeof(at));
	at[3] = 1, at[7] = 12, at[11] = 1, at[15] = (unsigned char)second, at[19] = 1;
	extension("IEOT", at, 20), zeros(20), is(20, "s |");
	len -= 48, at[15]++, extension("IEOT", at, 20), zeros(20), is(20, "bad");
	len -= 48, at[15]--, at[19] = 0, extension("IEOT", at, 20), zeros(20), is(20, "bad");
	len -= 48, at[19] = 2, extension("IEOT", at, 20), zeros(20), is(20, "bad");
	len -= 48, at[19] = 1, extension("IEOT", at, 19), zeros(20), is(20, "bad");
}

/* Version 4: of the last name so much goes, and this is added. */
static void
add4(uint32_t mode, unsigned char strip, const char *more, size_t said)
{
	unsigned char f[2] = { (unsigned char)(said >> 8), (unsigned char)said };

	zeros(24);
	put32(mode);
	zeros(32);
	put(f, 2);
	put(&strip, 1);
	put(more, strlen(more) + 1);
}

static void
compressed(void)
{
	begin(4, 3), add4(0160000, 0, "a/sub", 5), add4(0100644, 3, "x", 3), add4(0160000, 1, "y", 3);
	zeros(20), is(20, "a/sub a/y |");
	begin(4, 2), add4(0160000, 0, "ab", 2), add4(0160000, 3, "x", 1), zeros(20), is(20, "bad");
	begin(4, 1), add4(0160000, 0x80, "", 0), zeros(20), is(20, "bad");
	begin(4, 1), add4(0160000, 0xff, "\xff\xff\xff\xff\xff", 5), zeros(20), is(20, "bad");
	begin(4, 2), add4(0160000, 0, "ab", 2), add4(0160000, 0, "", 3), zeros(20), is(20, "bad");
}

static void
many(void)
{
	unsigned char *big = NULL;
	struct words links = { 0 };
	char base[GITINDEX_NAME];
	size_t at = 12, i;
	uint32_t count;

	for (count = LINKS_MAX; count <= LINKS_MAX + 1; count++, at = 12, links.n = 0) {
		big = realloc(big, 12 + 64 * ((size_t)count + 1));
		begin(2, count);
		memcpy(big, buf, 12);
		for (i = 0; i < count; i++, at += 64) {
			len = 0;
			add(0160000, 20, 0, 1, "s");
			memcpy(big + at, buf, 64);
		}
		memset(big + at, 0, 20);
		ok((gitindex_links(big, at + 20, 20, &links, base) == 0) == (count == LINKS_MAX),
		    "10,000 gitlinks, and not one more");
	}
	free(big);
}

int
main(void)
{
	entries();
	extensions_of();
	compressed();
	many();
	printf("1..%d\n", n);
	return bad;
}
