/* SPDX-License-Identifier: MIT */
#ifndef DIAL_H
#define DIAL_H

#include <stdatomic.h>
#include <stdint.h>

#include "policy/policy.h"

/*
 * A dialer: it decides, resolves, judges the addresses, connects, and hands the connection to the
 * front. It reads no byte of what a client or a server sends (but the answer of a parent proxy).
 */

#define SHARED_IDS   8192  /* ids of entries that are counted */
#define SHARED_SLOTS 16384
#define WILDCARD_NAMES 256 /* different names below one wildcard, in a run */
#define DIALERS       8
#define DIALER_SECONDS 15  /* one dial may take, then the dialer is ended */

/* What counts for all dialers, in memory that they share with the supervisor. */
struct shared {
	unsigned char     key[32];           /* so that nobody can choose names that fall on one slot */
	_Atomic uint64_t  spent[SHARED_IDS]; /* bytes that were sent, by the entry's id */
	_Atomic uint32_t  below[SHARED_IDS]; /* names that were seen below a wildcard */
	_Atomic uint64_t  slots[SHARED_SLOTS];
	_Atomic uint32_t  used;
	_Atomic uint32_t  working[DIALERS];  /* the id that each has in hand; 0: none */
};

/* May NAME be resolved for the wildcard whose id is ENTRY? Counts it, once. */
bool shared_name(struct shared *s, unsigned entry, const char *name);

struct dialer {
	const struct policy *policy;
	struct shared       *shared;
	size_t               slot;     /* its own of SHARED->working */
	int                  requests; /* of the front */
	int                  life;     /* at its end the dialer ends: its policy is of the past */
	int                  events;   /* to the supervisor */
};

/* Serve until D->life ends, or all is over. For a process of its own. */
_Noreturn void dialer_serve(const struct dialer *d);

/*
 * From here on no program is run, nothing traced, and files are only read, where the C library looks names up; beneath
 * CONTROL, a directory or -1, they are made and removed as well. Sockets stay: for the supervisor, from which dialers come.
 */
void dial_confine(int control);

/* And for a dialer: it waits for no connection and sends no signal. */
void dial_confine_more(void);

#endif
