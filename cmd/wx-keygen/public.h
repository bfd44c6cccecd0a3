/* SPDX-License-Identifier: MIT */
#ifndef PUBLIC_H
#define PUBLIC_H

#include "want.h"

/*
 * Print the public line of the operand, a private key file, or "-" for standard
 * input. It needs no passphrase: the format has the public half in clear.
 */
int public_run(const struct want *w);

#endif
