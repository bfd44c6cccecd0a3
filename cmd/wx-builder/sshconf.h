/* SPDX-License-Identifier: MIT */
#ifndef SSHCONF_H
#define SSHCONF_H

#include "builder.h"

/* The block of ssh_config(5) by which ssh, and Nix, find the builder. The caller owns it. */
char *sshconf_block(const struct builder *b);

/*
 * The command of OpenSSH that is the same as exec: words for a shell, and behind them COMMAND
 * (NULL-terminated; may be empty). The caller owns it.
 */
char *sshconf_command(const struct builder *b, char *const command[]);

/* The words as one command for the far side's shell, which becomes it; NULL if there is none. The caller owns it. */
char *sshconf_words(char *const command[]);

#endif
