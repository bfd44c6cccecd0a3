/* SPDX-License-Identifier: MIT */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stdint.h>

#define EXPIRY_TEXT 21 /* "9999-12-31T23:59:59Z" */

enum expiry { EXPIRY_OK, EXPIRY_SOON, EXPIRY_PAST };

/*
 * What a token that ends at AT is worth at NOW, both in seconds since the
 * epoch: EXPIRY_SOON below seven days, EXPIRY_PAST from that second on. One
 * that does not say (-1) is EXPIRY_OK.
 */
enum expiry expiry_of(int64_t at, int64_t now);

/* Whole days from NOW to AT, rounded down: 0 on the last day, then negative. */
int64_t     expiry_days(int64_t at, int64_t now);

/* AT >= 0, before the year 10000, as RFC 3339 writes it in UTC. */
void        expiry_text(int64_t at, char text[static EXPIRY_TEXT]);

#endif
