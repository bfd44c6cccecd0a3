/* SPDX-License-Identifier: MIT */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What stands between the command and an agent: two processes. The gate (gate.c) takes clients, connects to the
 * agent, counts, writes and asks; the filter (serve.c) reads what clients send, decides by the policy (judge.c),
 * and may open nothing.
 */

enum { POLICY_KEYS = 64, POLICY_DESTS = 64, POLICY_HOSTS = 256, POLICY_POOL = 512 << 10 };

/* A place in the pool. */
struct blob {
	uint32_t at, len;
};

/* A key, as the agent's list has it, and what it is called. */
struct policy_key {
	struct blob blob;
	char        name[256];
};

/* Where a key may log in: as USER, at the host that has one of the keys HOSTS[FIRST], of which there are COUNT. */
struct policy_dest {
	char     user[64], host[256];
	unsigned first, count;
};

/* KEY may log in at DEST, or, where DEST is POLICY_SIGN, sign what git signs. */
enum { POLICY_SIGN = -1 };

struct policy_use {
	unsigned key;
	int      dest;
};

/* Without a pointer: it is read from a pipe as it is. */
struct policy {
	struct policy_key  keys[POLICY_KEYS];
	struct policy_dest dests[POLICY_DESTS];
	struct policy_use  uses[POLICY_KEYS];
	struct blob        hosts[POLICY_HOSTS];
	unsigned           nkeys, ndests, nuses, nhosts;
	unsigned           signatures;  /* how many are let through */
	unsigned           seconds;     /* for how long any is; 0: for as long as the command runs */
	bool               ask;         /* each is asked about by the program SSH_ASKPASS */
	bool               watch;       /* when the agent ends, so does all */
	char               agent[108];  /* the agent's socket */
	uint32_t           used;        /* of the pool */
	unsigned char      pool[POLICY_POOL];
};

/* The number of the key BLOB, which is new or was there with its first name, or -1: there is no room. */
int policy_key(struct policy *p, const char *name, const void *blob, size_t len);

/* The number of the destination, or -1: too long, or there is no room. */
int policy_dest(struct policy *p, const char *user, size_t user_len, const char *host);

/* A key of the host of the destination that was made last. -1: there is no room. */
int policy_host(struct policy *p, const void *blob, size_t len);

/* -1: there is no room. */
int policy_use(struct policy *p, unsigned key, int dest);

const unsigned char *policy_blob(const struct policy *p, const struct blob *b);

/* A socket at PATH, which only this user may open, that can be connected to from now on;
 * close-on-exec. Or -1 with errno. */
int filter_listen(const char *path);

/*
 * Serve the clients of LISTENER as POLICY says until the other end of the pipe STOP is closed, or, with POLICY->watch,
 * the agent has ended; a line of JSON for each signature to LOG, or -1. In a process that does nothing else and has
 * no child, with SIGPIPE ignored; descriptors above these are closed.
 */
_Noreturn void filter_serve(int listener, int stop, int log, const struct policy *policy);

#endif
