/* SPDX-License-Identifier: MIT */
#ifndef WX_HOSTNAME_H
#define WX_HOSTNAME_H

#include <stdbool.h>
#include <stddef.h>

#define WX_HOSTNAME_MAX 254 /* bytes of a host name, NUL included (RFC 1035, section 2.3.4) */

/*
 * Bring the LEN bytes at S, the name of a host, into OUT: in lower case, without one dot at its
 * end. Labels of 1 to 63 letters, digits, '-' and '_', at least two of them. A name whose
 * last label is a number, decimal or hexadecimal, is an IPv4 address to inet_aton(3) and no name.
 * 0, or -1 with errno EINVAL and OUT empty.
 */
int  wx_hostname(const char *s, size_t len, char out[static WX_HOSTNAME_MAX]);

/*
 * The LEN bytes at S as an IP address: a dotted quad in its one canonical form, or an IPv6 address
 * without a zone, in brackets or not. *FAMILY becomes AF_INET or AF_INET6, ADDR the 4 or 16 bytes
 * in network order, OUT the canonical text (without brackets). An IPv6 address that carries an
 * IPv4 one (::ffff:0:0/96) is refused: it is the same host by a second name. False: no such address.
 */
bool wx_hostname_literal(const char *s, size_t len, int *family, unsigned char addr[static 16],
         char out[static WX_HOSTNAME_MAX]);

#endif
