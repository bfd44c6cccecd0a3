/* SPDX-License-Identifier: MIT */
#ifndef SECCOMP_H
#define SECCOMP_H

#include <stddef.h>

/*
 * A close-on-exec descriptor, at its start, that holds the sandbox's filter as
 * bwrap's --seccomp reads it: the BPF program of this machine's architecture.
 * -1 with errno.
 */
int seccomp_filter_fd(void);

/* The same program itself, *LEN bytes. */
const void *seccomp_filter(size_t *len);

#endif
