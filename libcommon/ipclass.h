/* SPDX-License-Identifier: MIT */
#ifndef WX_IPCLASS_H
#define WX_IPCLASS_H

/* The purpose of an IP address, by the registries of IANA (RFC 6890 and its successors). */
enum wx_ipclass {
	WX_IP_PUBLIC,
	WX_IP_LOOPBACK,
	WX_IP_UNSPECIFIED,
	WX_IP_LINK_LOCAL,
	WX_IP_METADATA,    /* metadata services of clouds, which hand out credentials */
	WX_IP_PRIVATE,     /* RFC 1918, RFC 4193, RFC 6598 */
	WX_IP_MULTICAST,
	WX_IP_RESERVED,
	WX_IP_BENCHMARK,   /* 198.18.0.0/15, RFC 2544 */
	WX_IP_TEREDO,
	WX_IP_6TO4,
	WX_IP_SELF,        /* of an interface of this machine; set by callers only */
};

/* A NAT64 prefix of the network (RFC 6052); BITS 0: none but the well-known 64:ff9b::/96. */
struct wx_nat64 {
	unsigned char prefix[16];
	unsigned      bits; /* 32, 40, 48, 56, 64 or 96 */
};

/*
 * Classify ADDR: 4 bytes for AF_INET, 16 for AF_INET6, in network order. An address that embeds an IPv4 address
 * (::ffff:0:0/96, 64:ff9b::/96, or *NAT64, which may be NULL) has the class of that address.
 */
enum wx_ipclass wx_ipclass(int family, const unsigned char *addr, const struct wx_nat64 *nat64);

/* Return the name of C as logged: "public", "link-local", ... */
const char     *wx_ipclass_name(enum wx_ipclass c);

/*
 * Derive the NAT64 prefix from ADDR, an IPv6 address of ipv4only.arpa (RFC 7050). Returns 0 with *OUT set, or -1
 * if ADDR shows none.
 */
int             wx_nat64_learn(const unsigned char addr[static 16], struct wx_nat64 *out);

#endif
