/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int
frame_pair(int fds[2])
{
	int i;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == -1)
		return -1;
	for (i = 0; i < 2; i++)
		if (fcntl(fds[i], F_SETFD, FD_CLOEXEC) == -1 || fcntl(fds[i], F_SETFL, O_NONBLOCK) == -1)
			return -1;
	return 0;
}

union control {
	struct cmsghdr head;
	char           space[CMSG_SPACE(sizeof(int))];
};

int
frame_give(int control, int fd)
{
	union control c = { .space = { 0 } };
	char kind = FRAME_HEAD;
	struct iovec v = { &kind, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c.space, .msg_controllen = sizeof(c.space) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(fd));
	return sendmsg(control, &m, 0) == 1 ? 0 : -1;
}

/* The descriptors of the message, of which there is to be one: that; else none is kept. */
static int
only_one(struct cmsghdr *h)
{
	size_t n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
	int fd = -1;

	if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
		return -1;
	for (i = 0; i < n; i++) {
		memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
		if (n > 1)
			(void)close(fd);
	}
	return n == 1 ? fd : -1;
}

int
frame_take(int control, bool *end)
{
	union control c = { .space = { 0 } };
	char kind;
	struct iovec v = { &kind, 1 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = c.space, .msg_controllen = sizeof(c.space) };
	ssize_t n = recvmsg(control, &m, 0);
	struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	int fd = h != NULL ? only_one(h) : -1;

	*end = n == 0;
	if (fd != -1 && (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
frame_send(int fd, char kind, const char *before, size_t nbefore, const char *buf, size_t len)
{
	struct iovec v[3] = {
		{ &kind, 1 }, { (void *)(uintptr_t)before, nbefore }, { (void *)(uintptr_t)buf, len },
	};
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 3 };

	return sendmsg(fd, &m, 0) == -1 ? -1 : 0;
}

ssize_t
frame_receive(int fd, char *buf)
{
	return recv(fd, buf, FRAME_MAX, 0);
}

void
frame_begin(struct frame *f, char kind)
{
	f->bad = false;
	f->at = 0;
	f->len = 1;
	f->buf[0] = kind;
}

void
frame_put(struct frame *f, const char *s, size_t len)
{
	if (f->bad || len > FRAME_MAX - f->len) {
		f->bad = true;
		return;
	}
	memcpy(f->buf + f->len, s, len);
	f->len += len;
}

void
frame_put_number(struct frame *f, int64_t n)
{
	frame_put(f, (const char *)&n, sizeof(n));
}

void
frame_put_string(struct frame *f, const char *s, size_t len)
{
	frame_put(f, s, len);
	frame_put(f, "", 1);
}

int64_t
frame_number(struct frame *f)
{
	int64_t n = 0;

	if (f->len - f->at < sizeof(n)) {
		f->bad = true;
		return 0;
	}
	memcpy(&n, f->buf + f->at, sizeof(n));
	f->at += sizeof(n);
	return n;
}

const char *
frame_string(struct frame *f)
{
	const char *s = f->buf + f->at, *end = memchr(s, '\0', f->len - f->at);

	if (end == NULL) {
		f->bad |= f->at < f->len;
		return NULL;
	}
	f->at += (size_t)(end - s) + 1;
	return s;
}
