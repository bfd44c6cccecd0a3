/* SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The front: it reads what clients send, has connections made by the dialers, and moves bytes. It can
 * open no file, make no socket and run no program, and knows of the policy what http://wrapix.internal/ shows.
 */

enum way { WAY_PROXY, WAY_DNS_UDP, WAY_DNS_TCP, WAY_ANY, WAY_TO };

/* A socket that clients reach. */
struct gate {
	int      fd;
	enum way way;
	uint16_t port;    /* WAY_ANY: the port that is meant; 0: that of the socket */
	uint8_t  forward; /* WAY_TO: the number of the forward */
};

/* Serve the N gates, with ORDERS for the supervisor. For a process of its own. */
_Noreturn void front_serve(const struct gate gates[], size_t n, int orders);

#endif
