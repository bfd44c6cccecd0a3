/* SPDX-License-Identifier: MIT */
#ifndef ANSWER_H
#define ANSWER_H

#include <stddef.h>

#include "route/route.h"

#define ANSWER_MAX 2048

/* An answer of ours. */
struct answer {
	int         status;
	const char *word;   /* of the log: "path" */
	const char *field;  /* one more field of its head, or "" */
};

/* Of a WORD that the back refuses with, or the front itself; one that is not known is an error of ours, 500. */
struct answer answer_of(const char *word);

/*
 * The whole answer A to a request of R into OUT, in the shape of R's API; WHY is a sentence for who reads it. Without a body
 * for HEAD; with CLOSE the connection ends. Its length.
 */
size_t answer_write(char out[static ANSWER_MAX], const struct route *r, const struct answer *a, const char *why, bool head, bool close);

/* The reason phrase of a status; "" if it is none of ours. */
const char *answer_reason(int status);

#endif
