/* SPDX-License-Identifier: MIT */
#ifndef PUMP_H
#define PUMP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define PUMP_BUFFER 65536

/* What came from one socket and is to go to the other. */
struct pump_way {
	char  *buf;            /* PUMP_BUFFER bytes */
	size_t at, len;
	bool   ended, told;    /* no more comes; and the other side knows */
};

/* Two sockets that do not block, each of which gets what comes from the other. It owns both. */
struct pump {
	int             fd[2];
	struct pump_way way[2];   /* way[i]: from fd[i] */
};

/* Takes the sockets; false: no memory, and they are the caller's still. */
bool pump_open(struct pump *p, int a, int b);

/* What poll(2) is to wait for of both, in P2[0] and P2[1]. */
void pump_wants(const struct pump *p, struct pollfd p2[static 2]);

/* Move what can be moved. False: it is over, by both ends or by a failure; pump_close then. */
bool pump_turn(struct pump *p);
void pump_close(struct pump *p);

#endif
