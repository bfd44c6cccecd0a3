/* SPDX-License-Identifier: MIT */
#ifndef RELAY_H
#define RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

/*
 * Between the terminal that wx-run was started on, which is its standard input and
 * output, and one inside a container, whose master we hold: as ssh(1) does it. While
 * we are in the foreground ours is raw, for ^C and ^Z are the other's.
 */
struct relay {
	int            master;   /* -1: no relay */
	bool           raw;
	struct termios modes;    /* of ours, as they were found */
	char           typed[4096];
	size_t         len, done;
};

#define RELAY_NFDS 2

/* Is there a terminal to relay to, and ours, so that it can be in our foreground? */
bool relay_wanted(void);

/* MASTER, owned from now on, gets the modes and the size of ours, which stays as it is. */
void relay_open(struct relay *r, int master);

/* Ours becomes raw, if the foreground is ours; and as it was. */
void relay_enter(struct relay *r);
void relay_leave(struct relay *r);

/* Ours has another size. */
void relay_resize(const struct relay *r);

/* What to wait for, and what to do when it came. */
void relay_poll(const struct relay *r, struct pollfd pfd[static RELAY_NFDS]);
void relay_carry(struct relay *r, const struct pollfd pfd[static RELAY_NFDS]);

/* What was printed to the end; then ours is as it was. */
void relay_close(struct relay *r);

#endif
