/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "wire.h"

static const char banner[] = "SSH-2.0-wrapix\r\n";

enum { MSG_DISCONNECT = 1, HOST_NOT_ALLOWED_TO_CONNECT = 1, PACKET_HEAD = 5, BLOCK = 8, PADDING_LEAST = 4 };

int
ssh_read(const unsigned char *p, size_t len)
{
	size_t n = len < 4 ? len : 4;

	if (memcmp(p, "SSH-", n) != 0)
		return -1;
	return n == 4;
}

static unsigned char *
put32(unsigned char *to, size_t n)
{
	to[0] = (unsigned char)(n >> 24);
	to[1] = (unsigned char)(n >> 16);
	to[2] = (unsigned char)(n >> 8);
	to[3] = (unsigned char)n;
	return to + 4;
}

size_t
ssh_refusal(const char *text, unsigned char *out, size_t cap)
{
	size_t len = strlen(text), payload = 1 + 4 + 4 + len + 4, padding;
	unsigned char *p = out;

	padding = BLOCK - (PACKET_HEAD + payload) % BLOCK;
	if (padding < PADDING_LEAST)
		padding += BLOCK;
	if (sizeof(banner) - 1 + PACKET_HEAD + payload + padding > cap)
		return 0;
	memcpy(p, banner, sizeof(banner) - 1);
	p = put32(p + sizeof(banner) - 1, 1 + payload + padding);
	*p++ = (unsigned char)padding;
	*p++ = MSG_DISCONNECT;
	p = put32(p, HOST_NOT_ALLOWED_TO_CONNECT);
	p = put32(p, len);
	memcpy(p, text, len);
	/* The language's tag, which is empty, and the padding. */
	p = put32(p + len, 0);
	memset(p, 0, padding);
	return (size_t)(p + padding - out);
}
