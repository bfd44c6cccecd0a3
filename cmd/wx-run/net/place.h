/* SPDX-License-Identifier: MIT */
#ifndef PLACE_H
#define PLACE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

#define PLACE_FIRST 0xc6120001u   /* 198.18.0.1, and the block of it, of which wx-egress gives a name */
#define PLACE_MASK  0xfffe0000u   /* each address */

/* A socket inside: of TCP it listens, of UDP it is bound. Numbers are in host order. */
struct place {
	int       type;      /* SOCK_STREAM, SOCK_DGRAM */
	in_addr_t address;
	unsigned  port;
	int       fd;        /* out */
};

/*
 * Make the N sockets of V in the network namespace NETNS (a path of /proc), in which lo then is up, and with BLOCK has
 * all of PLACE_FIRST's block. A child does it, with the power over that namespace that nothing inside has; it
 * is gone when this returns. The descriptors are close-on-exec and do not block; the caller owns them. False
 * after a line on stderr, and then none is open.
 */
bool place_sockets(const char *netns, bool block, struct place *v, size_t n);

/* Close all of V. */
void place_close(struct place *v, size_t n);

/*
 * Make N sockets of TCP for IPv4 in the network namespace NETNS, as place_sockets does, and after them N for IPv6:
 * neither bound nor connected, so that whoever holds them connects to what listens there, from any namespace.
 * How many are in FDS: 2 * N, N where the kernel has no IPv6, and 0 after a line on stderr.
 */
size_t place_clients(const char *netns, int fds[], size_t n);

#endif
