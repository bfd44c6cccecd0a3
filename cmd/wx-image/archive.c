/* SPDX-License-Identifier: MIT */
/*
 * What is read here must be read as podman's own reader (Go's archive/tar) does, or a
 * name could hide: where the two may differ the archive is refused.
 */
#include "archive.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"

#define BLOCK    512
#define CHUNK    (1 << 18)
#define TEXT_MAX (1 << 20)   /* of a manifest, of a long name */

struct copy {
	int          in, out;
	enum archive kind;
	const volatile sig_atomic_t *stop;
	const char  *bad;
	bool         end;
	bool         found;         /* the manifest of KIND */
	bool         other;         /* that of the other kind */
	bool         link;          /* a link or a device */
	char        *name;          /* by a header of its own, for the next member; or NULL */
	bool         has_size;
	uint64_t     size;          /* the same */
	char         buf[CHUNK];
};

static void
wrong(struct copy *c, const char *what)
{
	if (c->bad == NULL)
		c->bad = what;
}

/* LEN bytes; false at the end of the file, which is wrong but where MAY_END. */
static bool
take(struct copy *c, char *buf, size_t len, bool may_end)
{
	size_t have = 0;
	ssize_t n;

	while (have < len) {
		n = *c->stop ? 0 : read(c->in, buf + have, len - have);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			wrong(c, xprintf("cannot be read: %s", strerror(errno)));
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (have < len && (have > 0 || !may_end))
		wrong(c, "is cut off: make it again");
	return have == len;
}

static void
give(struct copy *c, const char *buf, size_t len)
{
	if (c->bad == NULL && wx_write_all(c->out, buf, len) == -1)
		wrong(c, xprintf("cannot be copied: %s", strerror(errno)));
}

static size_t
padded(size_t n)
{
	return (n + BLOCK - 1) / BLOCK * BLOCK;
}

/* A number of the header: octal digits, or big-endian after a byte 0x80. */
static bool
number(const char *f, size_t n, uint64_t *out)
{
	size_t i = 0;

	*out = 0;
	if ((unsigned char)*f == 0x80) {
		for (i = 1; i < n; i++) {
			if (*out >> 48 != 0)
				return false;
			*out = *out << 8 | (unsigned char)f[i];
		}
		return true;
	}
	while (i < n && f[i] == ' ')
		i++;
	for (; i < n && f[i] >= '0' && f[i] <= '7'; i++)
		*out = *out << 3 | (uint64_t)(f[i] - '0');
	for (; i < n; i++)
		if (f[i] != ' ' && f[i] != '\0')
			return false;
	return *out >> 56 == 0;
}

static bool
checksum_ok(const char *h)
{
	uint64_t want, sum = 0;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
	return number(h + 148, 8, &want) && want == sum;
}

/* Records "LENGTH KEY=VALUE\n" (pax(1)): what they say of the next member. */
static void
read_records(struct copy *c, char *s, size_t len)
{
	char *end, *eq, *rec = s;
	unsigned long n;

	for (; len > 0; rec += n, len -= n) {
		n = strtoul(rec, &end, 10);
		if (end == rec || *end != ' ' || n > len || n < (size_t)(end - rec) + 3 ||
		    rec[n - 1] != '\n' || (eq = memchr(end, '=', n - (size_t)(end - rec))) == NULL) {
			wrong(c, "is damaged");
			return;
		}
		rec[n - 1] = *eq = '\0';
		if (strncmp(end + 1, "GNU.sparse", 10) == 0)
			wrong(c, "holds a sparse file");
		if (strcmp(end + 1, "path") == 0) {
			free(c->name);
			c->name = xstrdup(eq + 1);
		} else if (strcmp(end + 1, "size") == 0) {
			c->size = strtoull(eq + 1, &end, 10);
			c->has_size = true;
			if (*end != '\0' || c->size >> 56 != 0)
				wrong(c, "is damaged");
		}
	}
}

static void
copy_data(struct copy *c, uint64_t size)
{
	uint64_t left = (size + BLOCK - 1) / BLOCK * BLOCK;
	size_t n;

	for (; left > 0 && c->bad == NULL; left -= n) {
		n = left < CHUNK ? (size_t)left : CHUNK;
		if (take(c, c->buf, n, false))
			give(c, c->buf, n);
	}
}

/* SIZE bytes, which are a text, with a NUL behind; NULL: too long, or cut off. */
static char *
take_text(struct copy *c, uint64_t size)
{
	char *s;

	if (size > TEXT_MAX) {
		wrong(c, "is damaged");
		return NULL;
	}
	s = calloc(1, padded((size_t)size) + 1);
	if (s == NULL)
		wrong(c, "is too large");
	else if (take(c, s, padded((size_t)size), false))
		return s;
	free(s);
	return NULL;
}

/* A header that tells more of the next member. */
static void
extend(struct copy *c, const char *header, char type, uint64_t size)
{
	char *s = take_text(c, size);

	if (s == NULL)
		return;
	give(c, header, BLOCK);
	give(c, s, padded((size_t)size));
	if (type == 'L') {
		free(c->name);
		s[size] = '\0';
		c->name = xstrdup(s);
	} else {
		read_records(c, s, (size_t)size);
	}
	free(s);
}

/* --- The little of JSON that is needed: where values begin and end. What is no JSON
 * is podman's to refuse, for a value is copied as it stands. */

static const char *
skip_space(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* Behind the value at S; NULL if it has no end. */
static const char *
skip_value(const char *s)
{
	size_t depth = 0;

	do {
		s = skip_space(s);
		if (*s == '"') {
			for (s++; *s != '"' && *s != '\0'; s++)
				if (*s == '\\' && s[1] != '\0')
					s++;
			s += *s == '"';
		} else if (*s == '[' || *s == '{') {
			depth++;
			s++;
		} else if ((*s == ']' || *s == '}') && depth > 0) {
			depth--;
			s++;
		} else if (depth > 0 && (*s == ',' || *s == ':')) {
			s++;
		} else if (strcspn(s, "[]{},:\" \t\r\n") == 0) {
			return NULL;
		} else {
			s += strcspn(s, "[]{},:\" \t\r\n");
		}
	} while (depth > 0);
	return s;
}

/* The value of KEY of the object at S, which begins with BEGIN: its length is *LEN. NULL:
 * none. */
static const char *
value_of(const char *s, const char *key, const char *begin, int *len)
{
	const char *name, *value, *end;

	if (*s++ != '{')
		return NULL;
	for (;; s = skip_space(end) + 1) {
		name = skip_space(s);
		value = *name == '"' ? skip_value(name) : NULL;
		if (value == NULL || *skip_space(value) != ':')
			return NULL;
		end = value;
		value = skip_space(skip_space(value) + 1);
		if (strncmp(name + 1, key, strlen(key)) == 0 && name[strlen(key) + 1] == '"' &&
		    name + strlen(key) + 2 == end) {
			end = skip_value(value);
			if (end == NULL || strchr(begin, *value) == NULL)
				return NULL;
			*len = (int)(end - value);
			return value;
		}
		end = skip_value(value);
		if (end == NULL || *skip_space(end) != ',')
			return NULL;
	}
}

/* How many values has the array at S, and where is the first? */
static int
count_values(const char *s, const char **first)
{
	int n = 0;

	if (*s != '[')
		return 0;
	*first = skip_space(s + 1);
	if (**first == ']')
		return 0;
	do {
		n++;
		s = skip_value(skip_space(s + 1));
		s = s == NULL ? "" : skip_space(s);
	} while (*s == ',');
	return *s == ']' ? n : 0;
}

/* The manifest of one image, less its names; NULL if it is not that. */
static char *
nameless(struct copy *c, const char *text)
{
	bool docker = c->kind == ARCHIVE_DOCKER;
	const char *all = skip_space(text), *image, *a, *b, *d;
	int n, la, lb, ld;

	if (!docker)
		all = value_of(all, "manifests", "[", &n);
	n = all == NULL ? 0 : count_values(all, &image);
	if (n > 1)
		wrong(c, xprintf("holds %d images; make an archive of the one", n));
	if (n == 1 && docker) {
		a = value_of(image, "Config", "\"", &la);
		b = value_of(image, "Layers", "[", &lb);
		if (a != NULL && b != NULL)
			return xprintf("[{\"Config\":%.*s,\"Layers\":%.*s}]", la, a, lb, b);
	} else if (n == 1) {
		a = value_of(image, "mediaType", "\"", &la);
		b = value_of(image, "digest", "\"", &lb);
		d = value_of(image, "size", "0123456789", &ld);
		if (a != NULL && b != NULL && d != NULL)
			return xprintf("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":%.*s,"
			    "\"digest\":%.*s,\"size\":%.*s}]}", la, a, lb, b, ld, d);
	}
	wrong(c, "holds no image");
	return NULL;
}

/* Filled up with blanks, so that the header, with the size, can stay as it is. */
static void
rewrite(struct copy *c, const char *header, char type, uint64_t size)
{
	char *s, *new;
	size_t n;

	if (type != '0' && type != '\0')
		wrong(c, "is damaged: its manifest is no file");
	if (c->found)
		wrong(c, "is damaged: it has two manifests");
	c->found = true;
	s = c->bad == NULL ? take_text(c, size) : NULL;
	new = s == NULL ? NULL : nameless(c, s);
	n = new == NULL ? 0 : strlen(new);
	if (n > size)
		wrong(c, "is damaged: its manifest cannot be read");
	if (n > 0 && c->bad == NULL) {
		memset(s, ' ', size);
		memcpy(s, new, n);
		give(c, header, BLOCK);
		give(c, s, padded((size_t)size));
	}
	free(new);
	free(s);
}

/* The name in the header itself: of 100 bytes, after a prefix of 155. */
static char *
header_name(const char *h)
{
	if (memcmp(h + 257, "ustar\0", 6) == 0 && h[345] != '\0')
		return xprintf("%.155s/%.100s", h + 345, h);
	return xprintf("%.100s", h);
}

static bool
is_called(const char *name, const char *want)
{
	char *clean = path_clean("/", name);
	bool same = strcmp(clean + 1, want) == 0;

	free(clean);
	return same;
}

static void
member(struct copy *c, const char *header, char type, uint64_t size)
{
	bool docker = c->kind == ARCHIVE_DOCKER;
	const char *want = docker ? "manifest.json" : "index.json";
	const char *not_want = docker ? "index.json" : "manifest.json";
	char *name = header_name(header);

	if (c->has_size)
		size = c->size;
	/* '1' to '6': links, devices, folders, which have no data. */
	if (type >= '1' && type <= '6')
		size = 0;
	/* podman unpacks an OCI archive: by a link a file could get the manifest's place. */
	c->link = c->link || (type != '0' && type != '\0' && type != '5');
	if (type == 'S')
		wrong(c, "holds a sparse file");
	if (is_called(name, want) || (c->name != NULL && is_called(c->name, want))) {
		rewrite(c, header, type, size);
	} else {
		c->other = c->other || is_called(name, not_want);
		give(c, header, BLOCK);
		copy_data(c, size);
	}
	free(name);
	free(c->name);
	c->name = NULL;
	c->has_size = false;
}

static void
one_header(struct copy *c)
{
	static const char zero[BLOCK];
	char header[BLOCK];
	uint64_t size;

	if (!take(c, header, BLOCK, true) || memcmp(header, zero, BLOCK) == 0) {
		c->end = true;
		return;
	}
	if (!checksum_ok(header) || !number(header + 124, 12, &size)) {
		wrong(c, "is no tar archive, or damaged: make it again");
		return;
	}
	switch (header[156]) {
	case 'x':
	case 'L':
		extend(c, header, header[156], size);
		break;
	case 'g':
	case 'K':
		give(c, header, BLOCK);
		copy_data(c, size);
		break;
	default:
		member(c, header, header[156], size);
	}
}

const char *
archive_copy(int in, int out, enum archive kind, const volatile sig_atomic_t *stop)
{
	static struct copy c;
	ssize_t n;

	c = (struct copy){ .in = in, .out = out, .kind = kind, .stop = stop };
	while (c.bad == NULL && !c.end)
		one_header(&c);
	/* To the end: the program that unpacks has its own word on the whole. */
	while (c.bad == NULL && !*stop && (n = read(in, c.buf, CHUNK)) != 0)
		if (n == -1 && errno != EINTR)
			wrong(&c, xprintf("cannot be read: %s", strerror(errno)));
	memset(c.buf, 0, 2 * BLOCK);
	give(&c, c.buf, 2 * BLOCK);
	if (!c.found && c.other)
		wrong(&c, kind == ARCHIVE_DOCKER ? "is an OCI archive: say oci-archive:FILE" :
		    "is a docker archive: say docker-archive:FILE");
	if (!c.found)
		wrong(&c, "holds no image");
	if (kind == ARCHIVE_OCI && c.link)
		wrong(&c, "holds a link or a device, as no OCI archive does");
	free(c.name);
	return c.bad;
}
