/* SPDX-License-Identifier: MIT */
#ifndef WX_HOSTNAME_H
#define WX_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

#define WX_HOSTNAME_MAX 254 /* bytes of a host name, NUL included (RFC 1035, section 2.3.4) */

/*
 * Normalize the host name of LEN bytes at S into OUT: lower case, one trailing dot removed. It must have at
 * least two labels of 1 to 63 letters, digits, '-' and '_'. A name whose last label is a
 * decimal or hexadecimal number is refused: inet_aton(3) takes it for an IPv4 address.
 * Returns 0, or -1 with errno EINVAL and OUT empty.
 */
int  wx_hostname(const char *s, size_t len, char out[static WX_HOSTNAME_MAX]);

/*
 * Parse the LEN bytes at S as an IP address: a canonical dotted quad, or an IPv6 address without a zone, with or without
 * brackets. Sets *FAMILY to AF_INET or AF_INET6, ADDR to the 4 or 16 bytes in network order, and
 * OUT to the canonical text without brackets. An IPv4-mapped IPv6 address (::ffff:0:0/96) is refused: it is
 * a second name of the same host. Returns false if S is no such address.
 */
bool wx_hostname_literal(const char *s, size_t len, int *family, unsigned char addr[static 16],
         char out[static WX_HOSTNAME_MAX]);

#endif
