/* SPDX-License-Identifier: MIT */
/* hostname and ipclass of libcommon. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/hostname.h"
#include "libcommon/ipclass.h"

static int n, bad;

static void
ok(int cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static void
names(void)
{
	static const char *const none[] = { "", ".", "..", "host", "localhost", ".a.b", "a..b", "a.b..", "a b.c", "a.b/", "a.b:1",
	    "127.1", "127.0.0.1", "1.2.3.4.", "0x7f.1", "2130706433", "0x7f000001", "1.0x7f", "a.0x", "a.017", "a.1", "[::1]", "::1",
	    "b\xc3\xbc" "cher.example", "a.b\n", "*.a.b", "a.b%00", "a@b.c", NULL };
	static const char *const pairs[][2] = { { "A.B", "a.b" }, { "a.b.", "a.b" }, { "_x.y-z.EXAMPLE", "_x.y-z.example" },
	    { "xn--bcher-kva.example", "xn--bcher-kva.example" }, { "1.a1", "1.a1" }, { "a.1b", "a.1b" }, { "-.-", "-.-" } };
	char out[WX_HOSTNAME_MAX], text[300];
	size_t i;

	for (i = 0; none[i] != NULL; i++)
		ok(wx_hostname(none[i], strlen(none[i]), out) == -1 && *out == '\0', none[i]);
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		ok(wx_hostname(pairs[i][0], strlen(pairs[i][0]), out) == 0 && strcmp(out, pairs[i][1]) == 0, pairs[i][0]);
	ok(wx_hostname("a.b\0c", 5, out) == -1, "a NUL");
	memset(text, 'a', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	ok(wx_hostname(text, 253, out) == 0 && strlen(out) == 253, "253 bytes");
	text[253] = '.';
	ok(wx_hostname(text, 254, out) == 0 && strlen(out) == 253, "and the dot at its end");
	text[253] = 'a';
	ok(wx_hostname(text, 254, out) == -1, "254 bytes");
	text[63] = 'a';
	ok(wx_hostname(text, 100, out) == -1, "a label of 64 bytes");
}

static void
literals(void)
{
	static const char *const none[] = { "", "1.2.3", "01.2.3.4", "1.2.3.4.", "1.2.3.256", "0x1.2.3.4", "[1.2.3.4]", "[]", "[::1",
	    "fe80::1%lo", "::ffff:1.2.3.4", "[::ffff:7f00:1]", "1.2.3.4 ", "a.b", NULL };
	static const char *const pairs[][2] = { { "1.2.3.4", "1.2.3.4" }, { "[2001:DB8::0:1]", "2001:db8::1" }, { "::1", "::1" } };
	unsigned char addr[16];
	char out[WX_HOSTNAME_MAX];
	int family;
	size_t i;

	for (i = 0; none[i] != NULL; i++)
		ok(!wx_hostname_literal(none[i], strlen(none[i]), &family, addr, out) && *out == '\0', none[i]);
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		ok(wx_hostname_literal(pairs[i][0], strlen(pairs[i][0]), &family, addr, out) && strcmp(out, pairs[i][1]) == 0,
		    pairs[i][0]);
}

static void
is(const char *text, enum wx_ipclass want, const struct wx_nat64 *nat64)
{
	unsigned char a[16];
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	ok(inet_pton(family, text, a) == 1 && wx_ipclass(family, a, nat64) == want, text);
}

static void
classes(void)
{
	static const struct { const char *text; enum wx_ipclass want; } all[] = {
		{ "0.0.0.0", WX_IP_UNSPECIFIED }, { "0.1.2.3", WX_IP_UNSPECIFIED }, { "127.0.0.1", WX_IP_LOOPBACK },
		{ "127.255.255.255", WX_IP_LOOPBACK }, { "126.255.255.255", WX_IP_PUBLIC }, { "128.0.0.1", WX_IP_PUBLIC },
		{ "169.254.169.254", WX_IP_LINK_LOCAL }, { "169.253.0.1", WX_IP_PUBLIC }, { "100.100.100.200", WX_IP_METADATA },
		{ "168.63.129.16", WX_IP_METADATA }, { "168.63.129.17", WX_IP_PUBLIC }, { "192.0.0.192", WX_IP_METADATA },
		{ "192.0.0.1", WX_IP_RESERVED }, { "192.0.1.1", WX_IP_PUBLIC }, { "10.0.0.1", WX_IP_PRIVATE },
		{ "172.15.255.255", WX_IP_PUBLIC }, { "172.16.0.1", WX_IP_PRIVATE }, { "172.31.255.255", WX_IP_PRIVATE },
		{ "172.32.0.0", WX_IP_PUBLIC }, { "192.168.1.1", WX_IP_PRIVATE }, { "100.63.255.255", WX_IP_PUBLIC },
		{ "100.64.0.1", WX_IP_PRIVATE }, { "100.127.255.255", WX_IP_PRIVATE }, { "100.128.0.0", WX_IP_PUBLIC },
		{ "198.17.255.255", WX_IP_PUBLIC }, { "198.18.0.1", WX_IP_BENCHMARK }, { "198.19.255.255", WX_IP_BENCHMARK },
		{ "198.20.0.0", WX_IP_PUBLIC }, { "198.51.100.1", WX_IP_RESERVED }, { "203.0.113.9", WX_IP_RESERVED },
		{ "192.0.2.1", WX_IP_RESERVED }, { "192.88.99.1", WX_IP_RESERVED }, { "224.0.0.1", WX_IP_MULTICAST },
		{ "239.255.255.255", WX_IP_MULTICAST }, { "240.0.0.1", WX_IP_RESERVED }, { "255.255.255.255", WX_IP_RESERVED },
		{ "93.184.216.34", WX_IP_PUBLIC }, { "::", WX_IP_UNSPECIFIED }, { "::1", WX_IP_LOOPBACK }, { "::2", WX_IP_RESERVED },
		{ "::7f00:1", WX_IP_RESERVED }, { "::ffff:127.0.0.1", WX_IP_LOOPBACK }, { "::ffff:10.1.1.1", WX_IP_PRIVATE },
		{ "::ffff:93.184.216.34", WX_IP_PUBLIC }, { "64:ff9b::7f00:1", WX_IP_LOOPBACK },
		{ "64:ff9b::169.254.169.254", WX_IP_LINK_LOCAL }, { "64:ff9b::93.184.216.34", WX_IP_PUBLIC },
		{ "64:ff9b:1::1", WX_IP_RESERVED }, { "100::1", WX_IP_RESERVED }, { "2001::1", WX_IP_TEREDO },
		{ "2001:1::1", WX_IP_RESERVED }, { "2001:1ff::1", WX_IP_RESERVED }, { "2001:200::1", WX_IP_PUBLIC },
		{ "2001:db8::1", WX_IP_RESERVED }, { "2001:db9::1", WX_IP_PUBLIC }, { "2002:7f00:1::1", WX_IP_6TO4 },
		{ "3fff::1", WX_IP_RESERVED }, { "3fff:fff::1", WX_IP_RESERVED }, { "3fff:1000::1", WX_IP_PUBLIC },
		{ "2606:4700::1111", WX_IP_PUBLIC }, { "1fff::1", WX_IP_RESERVED }, { "4000::1", WX_IP_RESERVED },
		{ "5f00::1", WX_IP_RESERVED }, { "fbff::1", WX_IP_RESERVED }, { "fc00::1", WX_IP_PRIVATE },
		{ "fdff:ffff::1", WX_IP_PRIVATE }, { "fd00:ec2::254", WX_IP_METADATA }, { "fd00:ec2::253", WX_IP_PRIVATE },
		{ "fd20:ce::254", WX_IP_METADATA }, { "fd00:42::42", WX_IP_METADATA }, { "fe00::1", WX_IP_RESERVED },
		{ "fe7f::1", WX_IP_RESERVED }, { "fe80::1", WX_IP_LINK_LOCAL }, { "febf::1", WX_IP_LINK_LOCAL },
		{ "fec0::1", WX_IP_RESERVED }, { "ff02::1", WX_IP_MULTICAST },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		is(all[i].text, all[i].want, NULL);
	ok(wx_ipclass(AF_UNIX, (const unsigned char *)"", NULL) == WX_IP_RESERVED, "no family of addresses");
	for (i = WX_IP_PUBLIC; i <= WX_IP_SELF; i++)
		ok(*wx_ipclass_name((enum wx_ipclass)i) != '\0', wx_ipclass_name((enum wx_ipclass)i));
}

/* RFC 6052, section 2.4 has these, of 192.0.2.33; here of what ipv4only.arpa is. */
static void
nat64(void)
{
	static const char *const shown[][2] = {
		{ "2001:db9:c000:aa::", "2001:db9:7f00:1::" },
		{ "2001:db9:1c0:0:aa::", "2001:db9:17f:0:1::" },
		{ "2001:db9:122:c000:0:aa00::", "2001:db9:122:7f00:0:100::" },
		{ "2001:db9:122:3c0:0:aa::", "2001:db9:122:37f:0:1::" },
		{ "2001:db9:122:344:c0:0:aa00:0", "2001:db9:122:344:7f:0:100:0" },
		{ "2001:db9:122:344::192.0.0.170", "2001:db9:122:344::127.0.0.1" },
	};
	unsigned char a[16];
	struct wx_nat64 p;
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
		ok(inet_pton(AF_INET6, shown[i][0], a) == 1 && wx_nat64_learn(a, &p) == 0, shown[i][0]);
		is(shown[i][1], WX_IP_LOOPBACK, &p);
		is("2606:4700::1111", WX_IP_PUBLIC, &p);
	}
	ok(inet_pton(AF_INET6, "2606:4700::1111", a) == 1 && wx_nat64_learn(a, &p) == -1, "no prefix is shown");
	p.bits = 0;
	is("2606:4700::1111", WX_IP_PUBLIC, &p);
}

int
main(void)
{
	names();
	literals();
	classes();
	nat64();
	printf("1..%d\n", n);
	return bad;
}
