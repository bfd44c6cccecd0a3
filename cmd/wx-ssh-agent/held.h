/* SPDX-License-Identifier: MIT */
#ifndef HELD_H
#define HELD_H

#include <stddef.h>

/* The public keys in an agent, as its answer to a list has them. */
struct held;

/*
 * Ask the agent of the socket PATH for its keys. Free it with free(3). Dies with WX_CHAIN
 * where there is no such list to be had.
 */
struct held *held_ask(const char *path);

/*
 * For every key of NOW that is not in BEFORE (NULL: for every key) call EACH with its line:
 * type, blank, base64, line end; LEN bytes.
 */
void held_new(const struct held *now, const struct held *before,
    void (*each)(const char *line, size_t len, void *user), void *user);

#endif
