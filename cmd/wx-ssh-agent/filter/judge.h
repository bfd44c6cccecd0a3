/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "filter.h"

/* What a client asks for. */
enum use { USE_OTHER, USE_LIST, USE_FILTERED, USE_BIND, USE_LOGIN, USE_GIT };

/* Why not; the words are in log.c. */
enum reason {
	REASON_ALLOWED,
	REASON_KIND,      /* neither a list, nor a bind, nor a signature */
	REASON_FORM,      /* not well formed to the last byte */
	REASON_FORWARDED, /* the agent is forwarded to a host */
	REASON_KEY,       /* no key that is named */
	REASON_CONTENT,   /* neither a login nor what ssh-keygen -Y sign signs */
	REASON_NAMESPACE, /* a signature for something else than git */
	REASON_USE,       /* the key is named for the other of login and git */
	REASON_UNBOUND,   /* a login, and no session was bound before */
	REASON_HOST_KEY,  /* a bind by a host key that is not pinned */
	REASON_HOST_SIG,  /* a bind that the host did not sign */
	REASON_SESSION,   /* another session than the one that was bound */
	REASON_USER,
	REASON_HOST,
	REASON_LIMIT,     /* so many were let through, or the time is over: the gate's */
	REASON_DENIED,    /* the user says no: the gate's */
	REASONS
};

enum { SESSION_MAX = 64 }; /* bytes of a session's id: those of a hash */

/* What is known of a connection. */
struct bound {
	bool          held;      /* a session was bound: it is SESSION, with the host that has the key HOST */
	bool          forwarded; /* somebody said so: nothing is let through any more */
	unsigned      host;      /* among the policy's hosts */
	size_t        len;
	unsigned char session[SESSION_MAX];
};

struct verdict {
	enum reason reason;
	enum use    use;
	int         key;  /* among the policy's, or -1 */
	int         dest; /* of a login that is allowed, or -1 */
};

/*
 * May a client of a connection of which B is known ask this of the agent? MSG has LEN bytes, without the head. A bind
 * changes B.
 */
struct verdict judge(const struct policy *p, struct bound *b, const unsigned char *msg, size_t len);

/*
 * Of the agent's answer to a list, LEN bytes at MSG, write to OUT, of WX_SSHAGENT_MAX bytes, what the client is told:
 * the keys that are named, by our names. Its bytes.
 */
size_t judge_list(const struct policy *p, const unsigned char *msg, size_t len, unsigned char *out);

#endif
