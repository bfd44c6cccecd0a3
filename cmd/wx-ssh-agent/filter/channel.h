/* SPDX-License-Identifier: MIT */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "judge.h"

/*
 * Between gate and filter, over a stream socket; messages of one size each way.
 *
 *   gate -> filter   CLIENT  and two descriptors: the client's connection, one to the agent
 *                    ANSWER  to WANT: REASON_ALLOWED, or why not
 *   filter -> gate   TAKEN   the client was taken: the gate takes the next
 *                    WANT    a signature, which VERDICT allows so far
 *                    REFUSED something, for the reason that VERDICT has
 *                    GONE    the client hung up while the gate was asked
 *
 * With SIGPIPE ignored. ID is the connection's, which the gate gives, and never the same twice.
 */
enum channel_kind { CHANNEL_CLIENT, CHANNEL_ANSWER, CHANNEL_TAKEN, CHANNEL_WANT, CHANNEL_REFUSED, CHANNEL_GONE };

struct channel_msg {
	enum channel_kind kind;
	uint32_t          id;
	struct verdict    verdict;
};

/* Without waiting: false if it cannot be sent now, with the descriptors FDS, where that is not NULL. */
bool channel_send(int fd, const struct channel_msg *m, const int fds[2]);

/* One message, and in FDS its descriptors, or -1: 1, 0 where there is none now, -1 where the other end is
 * closed or did not send a whole one. FDS may be NULL. */
int  channel_receive(int fd, struct channel_msg *m, int fds[2]);

#endif
