/* SPDX-License-Identifier: MIT */
#ifndef WX_SSHAGENT_H
#define WX_SSHAGENT_H

#include <sys/types.h>

#include <stddef.h>

/*
 * The agent's protocol (draft-ietf-sshm-ssh-agent): a message is its length in 4 bytes, big
 * end first, then as many bytes; the first of these is its kind.
 */
#define WX_SSHAGENT_HEAD 4
#define WX_SSHAGENT_MAX  (256 << 10) /* bytes after the head; ssh-agent(1) takes no more either */

enum { WX_SSHAGENT_FAILURE = 5, WX_SSHAGENT_SUCCESS = 6, WX_SSHAGENT_LIST = 11, WX_SSHAGENT_KEYS = 12,
	WX_SSHAGENT_SIGN = 13, WX_SSHAGENT_SIGNED = 14, WX_SSHAGENT_EXTENSION = 27 };

/* The extension that the filter of wx-ssh-agent(1) answers with success, and no agent else. */
#define WX_SSHAGENT_FILTERED "filtered@wx-ssh-agent"

/*
 * Send the LEN bytes of MSG, without their head, to the agent of the socket PATH, and read its answer into OUT, CAP
 * bytes at the most, waiting MS milliseconds at the most for each part of it. The answer's bytes, without the head;
 * or -1 with errno: EMSGSIZE where it is too long, EPIPE where the agent hung up, ETIMEDOUT, or connect(2)'s.
 */
ssize_t wx_sshagent_ask(const char *path, const void *msg, size_t len, void *out, size_t cap, int ms);

#endif
