/* SPDX-License-Identifier: MIT */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The agent's protocol (draft-ietf-sshm-ssh-agent): a message is its length in 4 bytes, big
 * end first, then as many bytes; the first of these is its kind.
 */
#define MESSAGE_HEAD 4
#define MESSAGE_MAX  (256 << 10) /* bytes after the head; ssh-agent(1) takes no more either */

/* The kinds that ask for the list of keys, and that bring it. */
enum { MESSAGE_LIST = 11, MESSAGE_KEYS = 12 };

/* "It failed", as a whole message: the answer to what is not passed on. */
#define MESSAGE_FAILURE     { 0, 0, 0, 1, 5 }
#define MESSAGE_FAILURE_LEN 5

/* The length that the head at P says. */
size_t message_length(const unsigned char p[static MESSAGE_HEAD]);

/* What is left of a message. */
struct message_rest {
	const unsigned char *p;
	size_t len;
};

/* Leave out N bytes; take a string behind its length: false if there are not as many. */
bool message_skip(struct message_rest *r, size_t n);
bool message_string(struct message_rest *r, struct message_rest *out);

/*
 * May a client ask this of the agent? MSG has LEN bytes, without the head. Yes for: the list
 * of keys; a signature; the extensions query and session-bind@openssh.com, each well formed
 * to its last byte. No for all else: adding and removing keys, locking, PKCS#11, kinds
 * that are not known.
 */
bool message_allowed(const unsigned char *msg, size_t len);

#endif
