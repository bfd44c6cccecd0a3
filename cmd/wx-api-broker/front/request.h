/* SPDX-License-Identifier: MIT */
#ifndef REQUEST_H
#define REQUEST_H

#include "front.h"

/* The request whose head is in C: what is wrong with it, a word for answer_of; NULL: nothing. */
const char *request_check(const struct service *s, struct client *c);

/* Give its head to the back, by a pair that is made where there is none. False: there is no room for it. */
bool        request_send(const struct service *s, struct client *c);

/* Take as much of its body as can be taken, from what was read, to the back. A word: it is refused; NULL, with *LOST: the back
 * is. */
const char *request_body(const struct service *s, struct client *c, bool *lost);

#endif
