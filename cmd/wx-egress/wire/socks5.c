/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <string.h>

#include "wire.h"

enum { VERSION = 5, METHOD_NONE = 0, COMMAND_CONNECT = 1, TYPE_IPV4 = 1, TYPE_NAME = 3, TYPE_IPV6 = 4 };

enum socks
socks_greeting(const unsigned char *p, size_t len, size_t *used)
{
	if (len >= 1 && p[0] != VERSION)
		return SOCKS_BAD;
	if (len < 2 || len < 2 + (size_t)p[1])
		return SOCKS_MORE;
	*used = 2 + (size_t)p[1];
	return memchr(p + 2, METHOD_NONE, p[1]) != NULL ? SOCKS_GREETED : SOCKS_METHOD;
}

/* Bytes of the address, with the length that stands before a name; 0: not known yet, or not at all. */
static size_t
address_bytes(const unsigned char *p, size_t len)
{
	if (p[3] == TYPE_NAME)
		return len > 4 ? 1 + (size_t)p[4] : 0;
	return p[3] == TYPE_IPV4 ? 4 : 16;
}

static bool
take_address(const unsigned char *a, unsigned type, struct socks_request *r)
{
	char text[INET6_ADDRSTRLEN];

	if (type == TYPE_NAME) {
		r->host_len = a[0];
		if (a[0] == 0 || a[0] > WX_HOSTNAME_MAX || memchr(a + 1, '\0', a[0]) != NULL)
			return false;
		memcpy(r->host, a + 1, a[0]);
		r->host[a[0]] = '\0';
		/* An address belongs into the other types: here it would be a second way to write it. */
		return true;
	}
	if (inet_ntop(type == TYPE_IPV4 ? AF_INET : AF_INET6, a, text, sizeof(text)) == NULL)
		return false;
	memcpy(r->host, text, sizeof(text));
	r->host_len = strlen(text);
	return true;
}

enum socks
socks_request(const unsigned char *p, size_t len, size_t *used, struct socks_request *r)
{
	size_t n;

	*r = (struct socks_request){ .host = "" };
	if (len >= 1 && p[0] != VERSION)
		return SOCKS_BAD;
	if (len < 4)
		return SOCKS_MORE;
	if (p[2] != 0 || (p[3] != TYPE_IPV4 && p[3] != TYPE_NAME && p[3] != TYPE_IPV6))
		return SOCKS_BAD;
	n = address_bytes(p, len);
	if (n == 0 || len < 4 + n + 2)
		return SOCKS_MORE;
	*used = 4 + n + 2;
	r->port = (uint16_t)(p[4 + n] << 8 | p[4 + n + 1]);
	if (!take_address(p + 4, p[3], r))
		return SOCKS_BAD;
	return p[1] == COMMAND_CONNECT ? SOCKS_WANTS : SOCKS_COMMAND;
}
