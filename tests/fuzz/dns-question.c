/* SPDX-License-Identifier: MIT */
/* A question: the answer is one, to it, of the same id, and not longer than a datagram may be. */
#include <stdint.h>
#include <stdlib.h>

#include "cmd/wx-egress/wire/dns.c"

#define put put_name
#include "cmd/wx-egress/wire/synth.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char range[4] = { 198, 18, 0, 0 };
	static struct synth *s;
	static int64_t now;
	unsigned char out[DNS_MAX];
	size_t n;

	if (s == NULL && (s = synth_make(range, 20)) == NULL)
		abort();
	n = dns_answer(s, data, size, now += 7, out);
	if (n == 0)
		return 0;
	if (n < HEAD || n > DNS_MAX || size < HEAD || memcmp(out, data, 2) != 0 || (out[2] & 0x80) == 0)
		abort();
	/* What is answered to is what was asked. */
	if (get16(out + 4) == 1 && memcmp(out + HEAD, data + HEAD, n - HEAD < size - HEAD ? strlen((const char *)out + HEAD) + 1 : 0) != 0)
		abort();
	if (get16(out + 6) > 1 || get16(out + 8) != 0 || get16(out + 10) != 0)
		abort();
	return 0;
}
