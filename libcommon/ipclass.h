/* SPDX-License-Identifier: MIT */
#ifndef WX_IPCLASS_H
#define WX_IPCLASS_H

/* What an IP address is for, by the registries of IANA (RFC 6890 and its successors). */
enum wx_ipclass {
	WX_IP_PUBLIC,
	WX_IP_LOOPBACK,
	WX_IP_UNSPECIFIED,
	WX_IP_LINK_LOCAL,
	WX_IP_METADATA,    /* where clouds tell a machine its secrets */
	WX_IP_PRIVATE,     /* RFC 1918, RFC 4193, RFC 6598 */
	WX_IP_MULTICAST,
	WX_IP_RESERVED,
	WX_IP_BENCHMARK,   /* 198.18.0.0/15, RFC 2544 */
	WX_IP_TEREDO,
	WX_IP_6TO4,
	WX_IP_SELF,        /* of an interface of this machine: for the caller to give */
};

/* The prefix by which a network reaches IPv4 hosts (RFC 6052); BITS 0: none but 64:ff9b::/96. */
struct wx_nat64 {
	unsigned char prefix[16];
	unsigned      bits; /* 32, 40, 48, 56, 64 or 96 */
};

/*
 * Of ADDR, 4 bytes where FAMILY is AF_INET, 16 where it is AF_INET6, in network order. One that
 * carries an IPv4 address (::ffff:0:0/96, 64:ff9b::/96, NAT64, which may be NULL) is what that is.
 */
enum wx_ipclass wx_ipclass(int family, const unsigned char *addr, const struct wx_nat64 *nat64);

/* Its name, as the log has it: "public", "link-local", ... */
const char     *wx_ipclass_name(enum wx_ipclass c);

/*
 * The NAT64 prefix that ADDR, an IPv6 address that was given for ipv4only.arpa, shows (RFC 7050):
 * 0 with *OUT set, or -1 where it shows none.
 */
int             wx_nat64_learn(const unsigned char addr[static 16], struct wx_nat64 *out);

#endif
