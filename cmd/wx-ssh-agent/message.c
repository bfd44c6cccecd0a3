/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <string.h>

enum { REQUEST_IDENTITIES = 11, SIGN_REQUEST = 13, EXTENSION = 27 };

/* What is left of a message. */
struct rest {
	const unsigned char *p;
	size_t len;
};

size_t
message_length(const unsigned char p[static MESSAGE_HEAD])
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static bool
take_bytes(struct rest *r, size_t n)
{
	if (n > r->len)
		return false;
	r->p += n;
	r->len -= n;
	return true;
}

static bool
take_string(struct rest *r, struct rest *out)
{
	size_t n;

	if (r->len < MESSAGE_HEAD)
		return false;
	n = message_length(r->p);
	(void)take_bytes(r, MESSAGE_HEAD);
	*out = (struct rest){ .p = r->p, .len = n };
	return take_bytes(r, n);
}

/* Of the key, of what is to be signed; flags. */
static bool
is_sign_request(struct rest r)
{
	struct rest s;

	return take_string(&r, &s) && take_string(&r, &s) && take_bytes(&r, 4) && r.len == 0;
}

static bool
is_named(const struct rest *name, const char *want)
{
	return name->len == strlen(want) && memcmp(name->p, want, name->len) == 0;
}

/* A bind names the host's key, the session, the host's signature, and whether it forwards. */
static bool
is_extension(struct rest r)
{
	struct rest name, s;

	if (!take_string(&r, &name))
		return false;
	if (is_named(&name, "query"))
		return r.len == 0;
	return is_named(&name, "session-bind@openssh.com") && take_string(&r, &s) &&
	    take_string(&r, &s) && take_string(&r, &s) && take_bytes(&r, 1) && r.len == 0;
}

bool
message_allowed(const unsigned char *msg, size_t len)
{
	struct rest r = { .p = msg, .len = len };
	unsigned kind;

	if (len == 0 || len > MESSAGE_MAX)
		return false;
	kind = msg[0];
	(void)take_bytes(&r, 1);
	switch (kind) {
	case REQUEST_IDENTITIES:
		return r.len == 0;
	case SIGN_REQUEST:
		return is_sign_request(r);
	case EXTENSION:
		return is_extension(r);
	default:
		return false;
	}
}
