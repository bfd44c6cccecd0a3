/* SPDX-License-Identifier: MIT */
#ifndef CHANGE_H
#define CHANGE_H

#include "want.h"

/*
 * Give the private key FILE, the operand, another passphrase, or none. The file is
 * replaced as a whole; the public half is not touched. The exit status.
 */
int change_run(const struct want *w);

#endif
