/* SPDX-License-Identifier: MIT */
#ifndef PASS_H
#define PASS_H

#include <stdbool.h>

#define PASS_MAX 1023 /* bytes of a passphrase */

/*
 * Passphrases. Each function gives text that stays where it is until the process
 * ends or pass_wipe; "" is one of no characters. They die on anything else than
 * one line of text.
 */

/* What descriptor FD gives to its end, one line end after it or none; FD is closed. */
const char *pass_read(int fd);

/* Ask on the terminal, with PROMPT, and with TWICE once more. */
const char *pass_ask(const char *prompt, bool twice);

void        pass_wipe(void);

#endif
