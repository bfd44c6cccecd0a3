/* SPDX-License-Identifier: MIT */
#ifndef FDPASS_H
#define FDPASS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#define FDPASS_MAX 3

/*
 * Send LEN bytes of DATA, and with them N descriptors of FDS, FDPASS_MAX at the most, in
 * one message on the socket SOCK (unix(7), SCM_RIGHTS). They stay the caller's. FLAGS as
 * send(2) has them. False with errno.
 */
bool fdpass_send(int sock, void *data, size_t len, const int fds[], size_t n, int flags);

/*
 * One message of SOCK, LEN bytes of it at the most, to DATA; the descriptors that came with it,
 * close-on-exec and the caller's, to FDS, N of them at the most, -1 where there is none. PID, if not NULL:
 * who sent it, where the socket tells (SO_PASSCRED), or 0. What recvmsg(2) returns, with errno.
 */
ssize_t fdpass_receive(int sock, void *data, size_t len, int fds[], size_t n, pid_t *pid, int flags);

#endif
