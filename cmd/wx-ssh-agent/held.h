/* SPDX-License-Identifier: MIT */
#ifndef HELD_H
#define HELD_H

#include <stdbool.h>
#include <stddef.h>

#include "libcommon/sshwire.h"

/* The public keys in an agent, as its answer to a list has them. */
struct held;

/*
 * Ask the agent of the socket PATH for its keys. Free it with free(3). Dies with WX_CHAIN
 * where there is no such list to be had.
 */
struct held *held_ask(const char *path);

/* The keys of H from the first on, with AT zero at first: false behind the last. COMMENT is what the agent calls it. */
bool held_next(const struct held *h, struct wx_sshwire *at, struct wx_sshwire *key, struct wx_sshwire *comment);

bool held_has(const struct held *h, const void *key, size_t len);

#endif
