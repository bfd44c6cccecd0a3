/* SPDX-License-Identifier: MIT */
#ifndef REPLY_H
#define REPLY_H

#include "front.h"

/* Answer C ourselves: what was refused, and why (a word of answer_of). */
void reply_own(const struct service *s, struct client *c, const char *word);

/* The next frame from the back, into OUT, which is empty. 1: one has come; 0: none is here; -1: what is there to come is lost. */
int  reply_next(const struct service *s, struct client *c);

/* The line of the log for the answer, which is whole or broken off. */
void reply_log(struct service *s, struct client *c);

#endif
