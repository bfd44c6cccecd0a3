/* SPDX-License-Identifier: MIT */
#include "message.h"

#include <string.h>

enum { SIGN_REQUEST = 13, EXTENSION = 27 };

size_t
message_length(const unsigned char p[static MESSAGE_HEAD])
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

bool
message_skip(struct message_rest *r, size_t n)
{
	if (n > r->len)
		return false;
	r->p += n;
	r->len -= n;
	return true;
}

bool
message_string(struct message_rest *r, struct message_rest *out)
{
	size_t n;

	if (r->len < MESSAGE_HEAD)
		return false;
	n = message_length(r->p);
	(void)message_skip(r, MESSAGE_HEAD);
	*out = (struct message_rest){ .p = r->p, .len = n };
	return message_skip(r, n);
}

/* N strings, then TAIL bytes, and no more. */
static bool
is_strings(struct message_rest r, int n, size_t tail)
{
	struct message_rest s;

	for (; n > 0; n--)
		if (!message_string(&r, &s))
			return false;
	return message_skip(&r, tail) && r.len == 0;
}

static bool
is_named(const struct message_rest *name, const char *want)
{
	return name->len == strlen(want) && memcmp(name->p, want, name->len) == 0;
}

/* A bind names the host's key, the session, the host's signature, and whether it forwards. */
static bool
is_extension(struct message_rest r)
{
	struct message_rest name;

	if (!message_string(&r, &name))
		return false;
	if (is_named(&name, "query"))
		return r.len == 0;
	return is_named(&name, "session-bind@openssh.com") && is_strings(r, 3, 1);
}

bool
message_allowed(const unsigned char *msg, size_t len)
{
	struct message_rest r = { .p = msg, .len = len };
	unsigned kind;

	if (len == 0 || len > MESSAGE_MAX)
		return false;
	kind = msg[0];
	(void)message_skip(&r, 1);
	switch (kind) {
	case MESSAGE_LIST:
		return r.len == 0;
	case SIGN_REQUEST:
		/* The key, what is to be signed; flags. */
		return is_strings(r, 2, 4);
	case EXTENSION:
		return is_extension(r);
	default:
		return false;
	}
}
