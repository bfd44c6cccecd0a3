/* SPDX-License-Identifier: MIT */
#ifndef KEYS_H
#define KEYS_H

#include "builder.h"

#define PUB_MAX 128   /* "ssh-ed25519 " and 68 characters of base64 */
#define PINS    3     /* host keys that may be valid at once */

/* Public halves, "TYPE BASE64" each. */
struct pubs {
	char   v[PINS][PUB_MAX];
	size_t n;
};

/*
 * Make the key pairs that are missing, by wx-keygen, and a public half that is missing
 * from its private one. A private half that is missing ends the program, with a line.
 */
void keys_make(struct builder *b);

/* End the program with a line if one is not there. */
void keys_must(const struct builder *b);

/*
 * Write known_hosts, and of what the container sees authorized_keys, by the public
 * halves that are there; with HOST_KEY, the private host key too, which sshd reads at
 * its start.
 */
void keys_publish(const struct builder *b, int host_key);

/* The host keys that the builder may show, the one in use first. */
void keys_hosts(const struct builder *b, struct pubs *out);

/* The private key NAME: the bytes of its file, and a NUL. To be wiped. */
void keys_private(const struct builder *b, const char *name, char *buf, size_t cap);

#endif
