/* SPDX-License-Identifier: MIT */
#ifndef SSHCONF_H
#define SSHCONF_H

#include "builder.h"

/*
 * The block of ssh_config(5) by which ssh, and Nix, find the builder, whose keys and host keys are in K; the caller owns it.
 * sshconf_block_of: of what others have of it: the HOST to be called, its PORT, the private KEY, the host keys that it
 * may have, KNOWN, and where root's ssh makes a socket to share connections, MUX (NULL: nowhere).
 */
char *sshconf_block(const struct builder *b);
char *sshconf_block_of(const char *host, int port, const char *key, const char *known, const char *mux);

/*
 * The command of OpenSSH that is the same as exec: words for a shell, and behind them COMMAND
 * (NULL-terminated; may be empty). The caller owns it.
 */
char *sshconf_command(const struct builder *b, char *const command[]);

/* The words as one command for the far side's shell, which becomes it; NULL if there is none. The caller owns it. */
char *sshconf_words(char *const command[]);

#endif
