/* SPDX-License-Identifier: MIT */
#include "channel.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

union control {
	struct cmsghdr align;
	char           buf[CMSG_SPACE(2 * sizeof(int))];
};

bool
channel_send(int fd, const struct channel_msg *m, const int fds[2])
{
	struct iovec io = { .iov_base = (void *)(uintptr_t)m, .iov_len = sizeof(*m) };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };
	union control c = { .buf = { 0 } };
	struct cmsghdr *head;
	ssize_t n;

	if (fds != NULL) {
		h.msg_control = c.buf;
		h.msg_controllen = sizeof(c.buf);
		head = CMSG_FIRSTHDR(&h);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(head), fds, 2 * sizeof(int));
	}
	do
		n = sendmsg(fd, &h, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(*m);
}

int
channel_receive(int fd, struct channel_msg *m, int fds[2])
{
	struct iovec io = { .iov_base = m, .iov_len = sizeof(*m) };
	union control c = { .buf = { 0 } };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = sizeof(c.buf) };
	struct cmsghdr *head;
	ssize_t n;

	if (fds != NULL)
		fds[0] = fds[1] = -1;
	do
		n = recvmsg(fd, &h, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	head = CMSG_FIRSTHDR(&h);
	if (fds != NULL && head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(2 * sizeof(int)))
		memcpy(fds, CMSG_DATA(head), 2 * sizeof(int));
	return n == (ssize_t)sizeof(*m) ? 1 : -1;
}
