/* SPDX-License-Identifier: MIT */
#ifndef CONFINE_H
#define CONFINE_H

#include <stddef.h>

/*
 * Give up what the rest of this process has no use for, as far as the kernel
 * knows how: no exec, no trace of others, no file written or made, none read but
 * what TLS and the resolver need and READABLE (file or folder, may be NULL), and no TCP
 * connection but to one of the N ports (0: any) or a resolver's 53. What an older
 * kernel lacks stays open: the other defences do not lean on this one.
 */
void confine(const char *readable, const unsigned ports[], size_t n);

#endif
