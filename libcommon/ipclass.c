/* SPDX-License-Identifier: MIT */
#include "libcommon/ipclass.h"

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct block {
	unsigned char   addr[16];
	unsigned        bits;
	enum wx_ipclass class;
};

/* The first that matches counts. */
static const struct block blocks4[] = {
	{ { 0 },                  8,  WX_IP_UNSPECIFIED },
	{ { 127 },                8,  WX_IP_LOOPBACK },
	{ { 169, 254 },           16, WX_IP_LINK_LOCAL },
	{ { 100, 100, 100, 200 }, 32, WX_IP_METADATA },   /* Alibaba */
	{ { 168, 63, 129, 16 },   32, WX_IP_METADATA },   /* Azure */
	{ { 192, 0, 0, 192 },     32, WX_IP_METADATA },   /* Oracle */
	{ { 10 },                 8,  WX_IP_PRIVATE },
	{ { 172, 16 },            12, WX_IP_PRIVATE },
	{ { 192, 168 },           16, WX_IP_PRIVATE },
	{ { 100, 64 },            10, WX_IP_PRIVATE },
	{ { 198, 18 },            15, WX_IP_BENCHMARK },
	{ { 224 },                4,  WX_IP_MULTICAST },
	{ { 192, 0, 0 },          24, WX_IP_RESERVED },
	{ { 192, 0, 2 },          24, WX_IP_RESERVED },
	{ { 192, 88, 99 },        24, WX_IP_RESERVED },
	{ { 198, 51, 100 },       24, WX_IP_RESERVED },
	{ { 203, 0, 113 },        24, WX_IP_RESERVED },
	{ { 240 },                4,  WX_IP_RESERVED },
};

static const struct block blocks6[] = {
	{ { 0 },                                              128, WX_IP_UNSPECIFIED },
	{ { [15] = 1 },                                       128, WX_IP_LOOPBACK },
	{ { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54 },      128, WX_IP_METADATA },   /* Amazon */
	{ { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 },      128, WX_IP_METADATA },   /* Google */
	{ { 0xfd, 0x00, 0x00, 0x42, [15] = 0x42 },            128, WX_IP_METADATA },   /* Scaleway */
	{ { 0xfe, 0x80 },                                     10,  WX_IP_LINK_LOCAL },
	{ { 0xfc },                                           7,   WX_IP_PRIVATE },
	{ { 0xff },                                           8,   WX_IP_MULTICAST },
	{ { 0x20, 0x01, 0x00, 0x00 },                         32,  WX_IP_TEREDO },
	{ { 0x20, 0x02 },                                     16,  WX_IP_6TO4 },
	{ { 0x20, 0x01, 0x00 },                               23,  WX_IP_RESERVED },
	{ { 0x20, 0x01, 0x0d, 0xb8 },                         32,  WX_IP_RESERVED },
	{ { 0x3f, 0xff, 0x00 },                               20,  WX_IP_RESERVED },
	{ { 0x20 },                                           3,   WX_IP_PUBLIC },
	{ { 0 },                                              0,   WX_IP_RESERVED },
};

static bool
within(const unsigned char *a, const unsigned char *prefix, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, prefix, whole) == 0 && (rest == 0 || (a[whole] ^ prefix[whole]) >> (8 - rest) == 0);
}

static enum wx_ipclass
look(const unsigned char *a, const struct block *b, size_t n, enum wx_ipclass otherwise)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (within(a, b[i].addr, b[i].bits))
			return b[i].class;
	return otherwise;
}

static enum wx_ipclass
class4(const unsigned char *a)
{
	return look(a, blocks4, sizeof(blocks4) / sizeof(*blocks4), WX_IP_PUBLIC);
}

/* Where the four bytes lie behind a prefix of BITS; byte 8 is skipped (RFC 6052, section 2.2). */
static void
embedded(const unsigned char *a, unsigned bits, unsigned char out[static 4])
{
	size_t i, at = bits / 8;

	for (i = 0; i < 4; i++) {
		if (at == 8)
			at++;
		out[i] = a[at++];
	}
}

static bool
carries(const unsigned char *a, const struct wx_nat64 *nat64, unsigned char out[static 4])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff },
	    well_known[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (within(a, mapped, 96) || within(a, well_known, 96)) {
		embedded(a, 96, out);
		return true;
	}
	if (nat64 == NULL || nat64->bits == 0 || !within(a, nat64->prefix, nat64->bits))
		return false;
	embedded(a, nat64->bits, out);
	return true;
}

enum wx_ipclass
wx_ipclass(int family, const unsigned char *addr, const struct wx_nat64 *nat64)
{
	unsigned char v4[4];

	if (family == AF_INET)
		return class4(addr);
	if (family != AF_INET6)
		return WX_IP_RESERVED;
	if (carries(addr, nat64, v4))
		return class4(v4);
	return look(addr, blocks6, sizeof(blocks6) / sizeof(*blocks6), WX_IP_RESERVED);
}

const char *
wx_ipclass_name(enum wx_ipclass c)
{
	static const char *const names[] = {
		[WX_IP_PUBLIC] = "public", [WX_IP_LOOPBACK] = "loopback", [WX_IP_UNSPECIFIED] = "unspecified",
		[WX_IP_LINK_LOCAL] = "link-local", [WX_IP_METADATA] = "metadata", [WX_IP_PRIVATE] = "private",
		[WX_IP_MULTICAST] = "multicast", [WX_IP_RESERVED] = "reserved", [WX_IP_BENCHMARK] = "benchmark",
		[WX_IP_TEREDO] = "teredo", [WX_IP_6TO4] = "6to4", [WX_IP_SELF] = "self",
	};

	return (size_t)c < sizeof(names) / sizeof(*names) ? names[c] : "reserved";
}

int
wx_nat64_learn(const unsigned char addr[static 16], struct wx_nat64 *out)
{
	static const unsigned lengths[] = { 32, 40, 48, 56, 64, 96 };
	unsigned char v4[4];
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		embedded(addr, lengths[i], v4);
		/* 192.0.0.170 and 192.0.0.171 */
		if (v4[0] != 192 || v4[1] != 0 || v4[2] != 0 || (v4[3] != 170 && v4[3] != 171))
			continue;
		*out = (struct wx_nat64){ .bits = lengths[i] };
		memcpy(out->prefix, addr, lengths[i] / 8);
		return 0;
	}
	return -1;
}
