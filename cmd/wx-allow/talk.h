/* SPDX-License-Identifier: MIT */
#ifndef TALK_H
#define TALK_H

#include <stdbool.h>
#include <stdio.h>

/* What wx-egress and a client of its control socket say to one another: a JSON object a line. */

/* By the socket FD: what is to be written to. Dies with WX_TEMP. */
FILE *talk_begin(int fd);

/* Ask FP for the change OP ("allow", "deny", "revoke") of ENTRY, for SECONDS, 0: for the rest of the run. False: it is
 * refused, which was said. Dies with WX_TEMP where the other end is gone. */
bool talk_change(FILE *fp, const char *op, const char *entry, long seconds);

/* Print what is allowed and refused, a line each. */
void talk_list(FILE *fp);

/* Print decisions as they come, until the other end is gone. */
void talk_watch(FILE *fp);

/* Put each question to the person at the terminal TTY, until one of both is gone. */
void talk_questions(FILE *fp, FILE *tty);

/* Pass lines of standard input on, and print the answer of each. */
void talk_raw(FILE *fp);

#endif
