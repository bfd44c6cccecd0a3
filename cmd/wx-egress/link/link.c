/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

const char *
via_name(enum via v)
{
	static const char *const names[VIAS] = { "direct", "connect", "http", "socks", "forward" };

	return (unsigned)v < VIAS ? names[v] : "direct";
}

int
link_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds);
}

int
link_send(int fd, const void *msg, size_t len, int pass, bool wait)
{
	union {
		struct cmsghdr head;
		char           space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)msg, .iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (pass != -1) {
		memset(&control, 0, sizeof(control));
		control.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.head), &pass, sizeof(int));
		m.msg_control = control.space;
		m.msg_controllen = sizeof(control.space);
	}
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

/* The one descriptor of M, or -1. */
static int
passed(struct msghdr *m)
{
	struct cmsghdr *c;
	int fd = -1;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

ssize_t
link_recv(int fd, void *msg, size_t cap, int *pass, bool wait)
{
	union {
		struct cmsghdr head;
		char           space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = msg, .iov_len = cap };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;
	int got;

	if (pass != NULL) {
		/* Of CMSG_SPACE the end has room for a second one, which nobody would close. */
		m.msg_control = control.space;
		m.msg_controllen = CMSG_LEN(sizeof(int));
		*pass = -1;
	}
	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	while (n == -1 && errno == EINTR);
	got = n > 0 && pass != NULL ? passed(&m) : -1;
	if (n > 0 && (m.msg_flags & MSG_TRUNC) != 0) {
		if (got != -1)
			(void)close(got);
		errno = EMSGSIZE;
		return -1;
	}
	if (pass != NULL)
		*pass = got;
	return n;
}
