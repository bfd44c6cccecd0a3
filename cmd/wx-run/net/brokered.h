/* SPDX-License-Identifier: MIT */
#ifndef RUN_BROKERED_H
#define RUN_BROKERED_H

#include "service.h"

#define USES_FILE "uses.ndjson"

/*
 * Begin to serve P's routes in the network namespace of process PID (of our pid namespace): a socket for each inside
 * (place.h), and wx-api-broker here, which has them, and the secrets of P->brokered.fd, which is then closed here. What
 * it says of each request goes to USES_FILE in the project's state. False after a line on stderr.
 */
bool brokered_start(struct service *s, const struct plan *p, pid_t pid);

/* Its arguments, a pure function: READY is the descriptor on which it tells that it stands, FIRST that of the first of
 * the sockets. */
void brokered_argv(const struct plan *p, int ready, int first, struct strv *out);

#endif
