/* SPDX-License-Identifier: MIT */
#ifndef LINK_H
#define LINK_H

#include <sys/ioctl.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "builder.h"

/* All that is asked of libssh. One connection a process; nothing here blocks past its deadline. */

enum link_result {
	LINK_UP,
	LINK_DOWN,      /* nobody answers as a server of SSH does, or not yet: try again */
	LINK_OTHER_KEY, /* its host key is not one of ours: never try again */
	LINK_REFUSED,   /* it does not take our key, or what we offer */
};

/*
 * Connect to the builder by its key PAIR ("nix", "shell"), and log in, until DEADLINE (wx_clock_ms's). The
 * host key is one of ours before anything is sent that an impostor could use. WHY: what
 * failed, in words. After a failure the next call begins anew.
 */
enum link_result link_open(const struct builder *b, const char *pair, long long deadline,
    char *why, size_t cap);

/*
 * Run COMMAND (NULL: the login shell), on a terminal of SIZE of the kind TERM unless
 * SIZE is NULL, until DEADLINE. True, or false with WHY.
 */
bool link_command(const char *command, const struct winsize *size, const char *term,
    long long deadline, char *why, size_t cap);

/* The socket, and the events that libssh waits for (poll(2)); after it woke: link_turn. */
int   link_socket(void);
short link_events(void);

/* Do what is to be done now. False when the connection is lost. */
bool link_turn(void);

/*
 * Did anything come since the last call of this? Each of these functions may take in what
 * comes for another: who has called some and waits for the socket, with news, waits for ever.
 */
bool link_news(void);

/* So many bytes of the command's output, or its standard error; 0: none now; -1: no more will come. */
ssize_t link_take(void *buf, size_t len, bool from_stderr);

/* How many bytes the far side will take now; give it at most so many. False when the connection is lost. */
size_t link_room(void);
bool   link_give(const void *buf, size_t len);
bool   link_give_end(void);

void   link_resize(const struct winsize *size);
void   link_signal(const char *name);   /* "TERM" */

/* Has the command ended? Its exit status, or 128+N for signal N; -1: not yet; -2: nobody said. */
int    link_status(void);

/* What libssh says of the last failure. */
const char *link_says(void);

void   link_shut(void);

#endif
