/* SPDX-License-Identifier: MIT */
#include "libcommon/sshagent.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "libcommon/sshwire.h"

static int
connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int error, fd;

	if (strlen(path) >= sizeof(at.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1)
		return -1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || connect(fd, (struct sockaddr *)&at, sizeof(at)) == -1) {
		error = errno;
		(void)close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

/* No signal where the agent has hung up. */
static int
send_all(int fd, const unsigned char *p, size_t len)
{
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = wx_send(fd, p, len);
		if (n == -1 && errno != EINTR)
			return -1;
		n = n == -1 ? 0 : n;
	}
	return 0;
}

static int
read_exactly(int fd, unsigned char *buf, size_t len, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;
	int ready;

	for (; len > 0; buf += n, len -= (size_t)n) {
		n = 0;
		ready = poll(&p, 1, ms);
		if (ready == 0)
			errno = ETIMEDOUT;
		else if (ready == 1 && (n = read(fd, buf, len)) == 0)
			errno = EPIPE;
		if (ready == 1 && n > 0)
			continue;
		if (errno != EINTR)
			return -1;
		n = 0;
	}
	return 0;
}

ssize_t
wx_sshagent_ask(const char *path, const void *msg, size_t len, void *out, size_t cap, int ms)
{
	unsigned char head[WX_SSHAGENT_HEAD] = { (unsigned char)(len >> 24), (unsigned char)(len >> 16),
		(unsigned char)(len >> 8), (unsigned char)len };
	int error, fd = connect_to(path);
	ssize_t got = -1;

	if (fd == -1)
		return -1;
	if (send_all(fd, head, sizeof(head)) == 0 && send_all(fd, msg, len) == 0 &&
	    read_exactly(fd, head, sizeof(head), ms) == 0) {
		if (wx_sshwire_u32(head) > cap)
			errno = EMSGSIZE;
		else if (read_exactly(fd, out, wx_sshwire_u32(head), ms) == 0)
			got = (ssize_t)wx_sshwire_u32(head);
	}
	error = errno;
	(void)close(fd);
	errno = error;
	return got;
}
