/* SPDX-License-Identifier: MIT */
#ifndef SECCOMP_H
#define SECCOMP_H

/*
 * A close-on-exec descriptor, at its start, that holds the sandbox's filter as
 * bwrap's --seccomp reads it: the BPF program of this machine's architecture.
 * -1 with errno.
 */
int seccomp_filter_fd(void);

#endif
