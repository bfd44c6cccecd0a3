/* SPDX-License-Identifier: MIT */
/* A host's name or address: what is taken is so once more, and is never both. */
#include <stdint.h>

#include <arpa/inet.h>
#include <stdlib.h>

#include "libcommon/hostname.h"
#include "libcommon/ipclass.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char one[WX_HOSTNAME_MAX], two[WX_HOSTNAME_MAX];
	unsigned char addr[16];
	struct in_addr v4;
	struct wx_nat64 p;
	int family;
	bool literal = wx_hostname_literal((const char *)data, size, &family, addr, one);

	if (literal && (!wx_hostname_literal(one, strlen(one), &family, addr, two) || strcmp(one, two) != 0))
		abort();
	if (wx_hostname((const char *)data, size, one) == 0 &&
	    (literal || wx_hostname(one, strlen(one), two) == -1 || strcmp(one, two) != 0 || inet_aton(one, &v4) != 0))
		abort();
	if (size == 16) {
		(void)wx_ipclass(AF_INET6, data, NULL);
		if (wx_nat64_learn(data, &p) == 0 && (wx_ipclass(AF_INET6, data, &p) == WX_IP_PUBLIC))
			abort();
	}
	return 0;
}
