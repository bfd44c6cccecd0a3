/* SPDX-License-Identifier: MIT */
#include "libcommon/sshwire.h"

#include <string.h>

size_t
wx_sshwire_u32(const unsigned char p[static 4])
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

bool
wx_sshwire_skip(struct wx_sshwire *r, size_t n)
{
	if (n > r->len)
		return false;
	r->p += n;
	r->len -= n;
	return true;
}

bool
wx_sshwire_byte(struct wx_sshwire *r, unsigned char *out)
{
	if (r->len == 0)
		return false;
	*out = *r->p;
	return wx_sshwire_skip(r, 1);
}

bool
wx_sshwire_string(struct wx_sshwire *r, struct wx_sshwire *out)
{
	size_t n;

	if (r->len < 4)
		return false;
	n = wx_sshwire_u32(r->p);
	(void)wx_sshwire_skip(r, 4);
	*out = (struct wx_sshwire){ .p = r->p, .len = n };
	return wx_sshwire_skip(r, n);
}

bool
wx_sshwire_is(const struct wx_sshwire *s, const char *text)
{
	return wx_sshwire_same(s, text, strlen(text));
}

bool
wx_sshwire_same(const struct wx_sshwire *s, const void *p, size_t len)
{
	return s->len == len && memcmp(s->p, p, len) == 0;
}
