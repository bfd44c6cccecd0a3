/* SPDX-License-Identifier: MIT */
#ifndef KEYS_H
#define KEYS_H

#include "add.h"
#include "filter/filter.h"

/* All of these die with WX_CHAIN. */

/* Is DEST USER@HOST, or USER@[HOST]:PORT? */
bool keys_is_dest(const char *dest);

/* Destinations of the N keys, with the host keys that the file KNOWN_HOSTS has for them, into P. */
void keys_dests(struct policy *p, const struct key *keys, size_t n, const char *known_hosts);

/* Put the private keys into the agent of P and of $SSH_AUTH_SOCK, and what they may into P. */
void keys_give(struct policy *p, const struct key *keys, size_t n, const char *known_hosts);

/* Public keys, which the agent of P has to hold, and what they may, into P. */
void keys_name(struct policy *p, const struct key *keys, size_t n);

#endif
