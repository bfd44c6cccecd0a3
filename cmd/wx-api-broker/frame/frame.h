/* SPDX-License-Identifier: MIT */
#ifndef FRAME_H
#define FRAME_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What front and back say to each other: messages on a pair of sockets that keeps their bounds, one pair for each
 * connection of a client's, made by the front, which gives one end of it away.
 *
 *   front to back:  HEAD, DATA ..., END            back to front:  STATUS, DATA ..., END
 *                                                                   or REFUSED in place of all three
 *
 * and again. Who closes it in between has given up. The kernel's buffers are the back-pressure. Neither side takes for
 * granted that what it gets is well formed.
 */

#define FRAME_MAX 40960 /* bytes of one, its kind included; more than a head of HTTP may have */

enum { FRAME_HEAD = 'H', FRAME_DATA = 'D', FRAME_END = 'E', FRAME_STATUS = 'S', FRAME_REFUSED = 'X' };

/* How long a body is that no length is known of; that there is none. */
#define FRAME_UNKNOWN (-1)
#define FRAME_NONE    (-2)

/* A message that is being written or read: kind, numbers, strings that end with a NUL. */
struct frame {
	size_t len, at;  /* bytes of it; up to where it is read */
	bool   bad;      /* something did not fit, or was not there */
	char   buf[FRAME_MAX];
};

/* Two ends, not to be waited on, close-on-exec. 0, or -1 with errno. */
int  frame_pair(int fds[2]);

/* Have another process get the descriptor FD by the socket CONTROL, an end of such a pair: 0, or -1 with errno. And get one: it, or
 * -1; *END: there will be no more. */
int  frame_give(int control, int fd);
int  frame_take(int control, bool *end);

/* Send KIND and the LEN bytes, 0 or 1 parts before them: 0, or -1 with errno, EAGAIN where it would have to wait. */
int  frame_send(int fd, char kind, const char *before, size_t nbefore, const char *buf, size_t len);

/* Receive one into BUF, which takes FRAME_MAX bytes: its length, 0 at the end, -1 with errno. */
ssize_t frame_receive(int fd, char *buf);

/* To write one: what does not fit makes it bad. */
void frame_begin(struct frame *f, char kind);
void frame_put_number(struct frame *f, int64_t n);
void frame_put(struct frame *f, const char *s, size_t len);
void frame_put_string(struct frame *f, const char *s, size_t len); /* the same, and a NUL */

/* To read one, its kind being left behind. At its end there is no string: NULL, which makes it bad only within
 * one. */
int64_t     frame_number(struct frame *f);
const char *frame_string(struct frame *f);

/*
 * The lines of standard output: an object of JSON each. Front and back both write them; each is written by one call,
 * so they do not mix. Dies with WX_FAIL if one cannot be written; one for which who reads has no room is counted instead, and
 * the next that is written says how many.
 */

/* Begin a line with its time: what is printed to the stream becomes a part of it. To be ended by uses_end. */
FILE   *uses_begin(void);
void    uses_end(FILE *fp);

/* The pieces ,"KEY":"VALUE" and ,"KEY":NUMBER. */
void    uses_text(FILE *fp, const char *key, const char *value);
void    uses_number(FILE *fp, const char *key, int64_t n);

#endif
