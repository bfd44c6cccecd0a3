/* SPDX-License-Identifier: MIT */
/* The first bytes of TLS: more of them never change what is known of the first; a name is in its one form. */
#include <stdint.h>
#include <stdlib.h>

#include "cmd/wx-egress/wire/clienthello.c"
#include "cmd/wx-egress/wire/ssh.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char whole[WX_HOSTNAME_MAX], part[WX_HOSTNAME_MAX], again[WX_HOSTNAME_MAX];
	enum hello all = hello_read(data, size, false, whole), h;
	size_t n;

	if (all == HELLO_GOOD && (wx_hostname(whole, strlen(whole), again) == -1 || strcmp(whole, again) != 0))
		abort();
	if (all != HELLO_GOOD && *whole != '\0')
		abort();
	for (n = 0; n < size; n += 1 + size / 64) {
		h = hello_read(data, n, false, part);
		if (h != HELLO_MORE && (h != all || strcmp(part, whole) != 0) && n > 0 && !(h == HELLO_MALFORMED && all == HELLO_NOT_TLS))
			abort();
	}
	h = hello_read(data, size, true, part);
	if (h != all && h != HELLO_ECH)
		abort();
	(void)ssh_read(data, size);
	return 0;
}
