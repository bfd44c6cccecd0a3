/* SPDX-License-Identifier: MIT */
#ifndef HEADER_H
#define HEADER_H

#include "http.h"

/* The reading of an answer's header. */
struct header {
	struct http_answer *ans;  /* what is read goes there; the caller's */
	char *last;               /* the text in it that a folded line goes on with, or NULL */
	size_t bytes;
	bool too_large;           /* all of it, or a field that must be kept whole */
};

/* Begin anew, for ANS. */
void header_begin(struct header *h, struct http_answer *ans);

/* One line, S of LEN bytes, with its end. False if the answer is to be given up, as TOO_LARGE says. */
bool header_line(struct header *h, const char *s, size_t len);

#endif
