/* SPDX-License-Identifier: MIT */
#include "inside.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

bool
fdpass_send(int sock, void *data, size_t len, const int fds[], size_t n, int flags)
{
	union {
		char           buf[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *c = &control.align;   /* CMSG_FIRSTHDR, for there is room */

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(sock, &msg, MSG_NOSIGNAL | flags) == (ssize_t)len;
}

/* The first N to FDS; what nobody asked for is closed. */
static void
take(const struct cmsghdr *c, int fds[], size_t n)
{
	size_t have = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
	int fd;

	for (i = 0; i < have; i++) {
		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
		if (i < n)
			fds[i] = fd;
		else
			(void)close(fd);
	}
}

ssize_t
fdpass_receive(int sock, void *data, size_t len, int fds[], size_t n, pid_t *pid, int flags)
{
	union {
		char           buf[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(FDPASS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = data, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred cred = { 0 };
	ssize_t got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | flags);
	size_t i;

	for (i = 0; i < n; i++)
		fds[i] = -1;
	for (c = got == -1 ? NULL : CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		else if (c->cmsg_type == SCM_RIGHTS)
			take(c, fds, n);
	}
	if (pid != NULL)
		*pid = cred.pid;
	return got;
}
