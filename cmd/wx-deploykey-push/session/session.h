/* SPDX-License-Identifier: MIT */
#ifndef SESSION_H
#define SESSION_H

#include "client/client.h"

/*
 * Keys that a repository has while a command runs. What was begun is in a journal before the forge hears of it, which
 * is locked as long as somebody looks after the key; what nobody looks after, whoever comes next ends.
 */

#define SESSION_KEY "WX_SESSION_KEY" /* the variable that has the public line; of wx-ssh-agent(1) */

/* How a process that has nothing else to do any more gets ready for C: the token of the host, the network, and no more. */
typedef void (*session_ready)(struct client *c, struct host *h);

/*
 * Register the key of SESSION_KEY at REPO of C's host for SECONDS at the most, with READY for the processes that do it,
 * and become the command ARGV; the key is deleted when that ends. Does not return: dies with WX_CHAIN, WX_NOEXEC or
 * WX_NOCMD, and then the key is deleted, too.
 */
_Noreturn void session_run(const struct client *c, session_ready ready, const char *repo, unsigned seconds, char *argv[]);

/*
 * Delete what nobody looks after: the keys of journals, and, unless REPO is NULL, those that REPO has of this machine's
 * whose time is over. WX_OK, or how the last one that failed did.
 */
int session_reap(const struct client *c, session_ready ready, const char *repo);

#endif
