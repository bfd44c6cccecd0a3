/* SPDX-License-Identifier: MIT */
#ifndef RACE_H
#define RACE_H

#include <sys/socket.h>

#include "policy/policy.h"

#define RACE_MAX 32 /* addresses of one name that count */

struct address {
	struct sockaddr_storage addr;
	socklen_t               len;
};

/*
 * Connect to one of N addresses, in their order, one more each 250 ms or when one has failed, and
 * give up after MS. The descriptor, which does not block, with the index in *WINNER; or -1 with *WHY.
 */
int race_connect(const struct address a[], size_t n, int ms, size_t *winner, enum reason *why);

#endif
