/* SPDX-License-Identifier: MIT */
#ifndef DIAL_H
#define DIAL_H

#include <stdbool.h>
#include <stddef.h>

/* The milliseconds that are left until DEADLINE (wx_clock_ms), an hour at the most. */
int dial_left(long long deadline);

/* Acknowledge what comes at once (TCP_QUICKACK, tcp(7)). */
void dial_quick(int sock);

/* Wait for EVENTS of the socket. False: the time is over, or a signal that ends us came. */
bool dial_wait(int sock, short events, long long deadline);

/* Connect to PORT of 127.0.0.1: *SOCK, to be closed also where that fails. False, and WHY: CAP bytes. */
bool dial_open(int *sock, int port, long long deadline, char *why, size_t cap);

/* Can PORT of 127.0.0.1 be listened on? Ends the program with a line where only root may. */
bool dial_is_free(int port);

/* podman listens before the server does: only the banner says that there is one. It stays to be read. */
bool dial_greeted(int sock, long long deadline, char *why, size_t cap);

#endif
