/* SPDX-License-Identifier: MIT */
#ifndef ADD_H
#define ADD_H

/* A key that the agent is to hold. */
struct key {
	const char *file; /* NULL: none, it is made for this agent alone and is nowhere else */
	const char *dest; /* USER@HOST that it is to be of use for alone, or NULL */
};

/*
 * Have ssh-add(1) put it into the agent of $SSH_AUTH_SOCK, with the host keys of the file
 * KNOWN_HOSTS, an absolute path, for SECONDS (0: as long as the agent runs). Asks on the terminal for a passphrase.
 * Dies with WX_CHAIN.
 */
void add_key(const struct key *k, const char *known_hosts, unsigned seconds);

#endif
