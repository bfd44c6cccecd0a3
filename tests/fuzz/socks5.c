/* SPDX-License-Identifier: MIT */
/* A greeting and a request of SOCKS5: what is used is there, and a host is one that was sent. */
#include <stdint.h>
#include <stdlib.h>

#include "cmd/wx-egress/wire/socks5.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct socks_request r, part;
	size_t used = 0, n;
	enum socks s = socks_greeting(data, size, &used), p;

	if ((s == SOCKS_GREETED || s == SOCKS_METHOD) && (used < 2 || used > size))
		abort();
	used = 0;
	s = socks_request(data, size, &used, &r);
	if (s == SOCKS_WANTS && (used < 7 || used > size || r.host_len == 0 || r.host_len >= sizeof(r.host)))
		abort();
	for (n = 0; s == SOCKS_WANTS && n < used; n++) {
		size_t none;

		p = socks_request(data, n, &none, &part);
		if (p != SOCKS_MORE)
			abort();
	}
	return 0;
}
