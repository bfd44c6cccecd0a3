/* SPDX-License-Identifier: MIT */
#ifndef WX_SSHWIRE_H
#define WX_SSHWIRE_H

#include <stdbool.h>
#include <stddef.h>

/* What is left of a message of SSH's protocols (RFC 4251, section 5): LEN bytes at P, which it does not own. */
struct wx_sshwire {
	const unsigned char *p;
	size_t               len;
};

/* The number that stands in 4 bytes, big end first. */
size_t wx_sshwire_u32(const unsigned char p[static 4]);

/* Leave out N bytes; take one byte; take a string, which stands behind its length. False where there are not as
 * many, and then R is not to be used any more. */
bool   wx_sshwire_skip(struct wx_sshwire *r, size_t n);
bool   wx_sshwire_byte(struct wx_sshwire *r, unsigned char *out);
bool   wx_sshwire_string(struct wx_sshwire *r, struct wx_sshwire *out);

/* Are its bytes those of TEXT, without the NUL; those of the LEN at P? */
bool   wx_sshwire_is(const struct wx_sshwire *s, const char *text);
bool   wx_sshwire_same(const struct wx_sshwire *s, const void *p, size_t len);

#endif
