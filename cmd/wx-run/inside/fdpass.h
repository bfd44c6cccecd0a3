/* SPDX-License-Identifier: MIT */
#ifndef FDPASS_H
#define FDPASS_H

#include <stdbool.h>
#include <stddef.h>

#define FDPASS_MAX 3

/*
 * Send LEN bytes of DATA, and with them N descriptors of FDS, FDPASS_MAX at the most, in
 * one message on the socket SOCK (unix(7), SCM_RIGHTS). They stay the caller's. False
 * with errno.
 */
bool fdpass_send(int sock, void *data, size_t len, const int fds[], size_t n);

#endif
