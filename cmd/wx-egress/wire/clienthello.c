/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "wire.h"

enum { RECORD_HANDSHAKE = 22, CLIENT_HELLO = 1, EXT_SERVER_NAME = 0, EXT_ECH = 0xfe0d, NAME_HOST = 0 };

#define RECORD_HEAD  5
#define RECORD_MAX   16384
#define MESSAGE_HEAD 4

struct span {
	const unsigned char *p;
	size_t               len;
};

/* N bytes off the front of *S. False: there are not as many. */
static bool
cut(struct span *s, size_t n, struct span *out)
{
	if (n > s->len)
		return false;
	*out = (struct span){ .p = s->p, .len = n };
	s->p += n;
	s->len -= n;
	return true;
}

static bool
number(struct span *s, size_t bytes, size_t *n)
{
	struct span b;
	size_t i;

	if (!cut(s, bytes, &b))
		return false;
	*n = 0;
	for (i = 0; i < bytes; i++)
		*n = *n << 8 | b.p[i];
	return true;
}

/* A vector whose length stands before it, in BYTES of them. */
static bool
vector(struct span *s, size_t bytes, struct span *out)
{
	size_t n;

	return number(s, bytes, &n) && cut(s, n, out);
}

/* The message out of its records, into BUF, as far as it is there. */
static enum hello
unwrap(struct span in, unsigned char *buf, size_t *len)
{
	struct span head, part;
	size_t n;

	*len = 0;
	while (in.len > 0) {
		if (in.p[0] != RECORD_HANDSHAKE)
			return *len == 0 ? HELLO_NOT_TLS : HELLO_MALFORMED;
		if (in.len >= 2 && in.p[1] != 3)
			return *len == 0 ? HELLO_NOT_TLS : HELLO_MALFORMED;
		if (!cut(&in, RECORD_HEAD, &head))
			return HELLO_MORE;
		n = (size_t)head.p[3] << 8 | head.p[4];
		if (n == 0 || n > RECORD_MAX)
			return HELLO_MALFORMED;
		if (!cut(&in, n < in.len ? n : in.len, &part))
			return HELLO_MALFORMED;
		memcpy(buf + *len, part.p, part.len);
		*len += part.len;
		if (*len >= MESSAGE_HEAD && *len >= MESSAGE_HEAD + ((size_t)buf[1] << 16 | (size_t)buf[2] << 8 | buf[3]))
			return HELLO_GOOD;
		if (*len >= 1 && buf[0] != CLIENT_HELLO)
			return HELLO_MALFORMED;
		if (part.len < n)
			return HELLO_MORE;
	}
	return HELLO_MORE;
}

static enum hello
read_name(struct span ext, char name[static WX_HOSTNAME_MAX])
{
	struct span list, one;
	size_t type;

	if (!vector(&ext, 2, &list) || ext.len != 0 || !number(&list, 1, &type) || !vector(&list, 2, &one))
		return HELLO_MALFORMED;
	/* More than one: who reads the other one is not known. */
	if (list.len != 0 || type != NAME_HOST)
		return HELLO_NO_NAME;
	if (one.len == 0 || one.p[one.len - 1] == '.' || wx_hostname((const char *)one.p, one.len, name) == -1)
		return HELLO_NO_NAME;
	return HELLO_GOOD;
}

static enum hello
read_extensions(struct span all, bool ech_deny, char name[static WX_HOSTNAME_MAX])
{
	enum hello got = HELLO_NO_NAME;
	struct span ext;
	size_t type;
	bool named = false;

	while (all.len > 0) {
		if (!number(&all, 2, &type) || !vector(&all, 2, &ext))
			return HELLO_MALFORMED;
		if (type == EXT_ECH && ech_deny)
			return HELLO_ECH;
		if (type != EXT_SERVER_NAME)
			continue;
		if (named)
			return HELLO_MALFORMED;
		named = true;
		got = read_name(ext, name);
		if (got != HELLO_GOOD)
			return got;
	}
	return got;
}

static enum hello
read_message(struct span m, bool ech_deny, char name[static WX_HOSTNAME_MAX])
{
	struct span part;
	size_t n;

	if (!number(&m, 1, &n) || n != CLIENT_HELLO || !vector(&m, 3, &part))
		return HELLO_MALFORMED;
	m = part;
	/* Version, random; session, suites, compression. */
	if (!cut(&m, 2, &part) || part.p[0] != 3 || !cut(&m, 32, &part) || !vector(&m, 1, &part) || part.len > 32 ||
	    !vector(&m, 2, &part) || part.len == 0 || part.len % 2 != 0 || !vector(&m, 1, &part) || part.len == 0)
		return HELLO_MALFORMED;
	if (m.len == 0)
		return HELLO_NO_NAME;
	if (!vector(&m, 2, &part) || m.len != 0)
		return HELLO_MALFORMED;
	return read_extensions(part, ech_deny, name);
}

enum hello
hello_read(const unsigned char *p, size_t len, bool ech_deny, char name[static WX_HOSTNAME_MAX])
{
	unsigned char buf[HELLO_MAX];
	enum hello got;
	size_t n;

	name[0] = '\0';
	if (len > HELLO_MAX)
		len = HELLO_MAX;
	got = unwrap((struct span){ .p = p, .len = len }, buf, &n);
	if (got == HELLO_MORE)
		return len == HELLO_MAX ? HELLO_MALFORMED : HELLO_MORE;
	if (got != HELLO_GOOD)
		return got;
	n = MESSAGE_HEAD + ((size_t)buf[1] << 16 | (size_t)buf[2] << 8 | buf[3]);
	got = read_message((struct span){ .p = buf, .len = n }, ech_deny, name);
	if (got != HELLO_GOOD)
		name[0] = '\0';
	return got;
}

void
hello_alert(unsigned description, unsigned char out[static 7])
{
	const unsigned char alert[7] = { 21, 3, 3, 0, 2, 2, (unsigned char)description };

	memcpy(out, alert, sizeof(alert));
}
