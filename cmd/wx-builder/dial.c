/* SPDX-License-Identifier: MIT */
#include "dial.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"

int
dial_left(long long deadline)
{
	long long ms = deadline - wx_clock_ms();

	return ms < 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

void
dial_quick(int sock)
{
#ifdef TCP_QUICKACK
	int one = 1;

	(void)setsockopt(sock, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
#endif
}

bool
dial_wait(int sock, short events, long long deadline)
{
	struct pollfd p = { .fd = sock, .events = events };
	int n;

	do
		n = poll(&p, 1, dial_left(deadline));
	while (n == -1 && errno == EINTR);
	if (n > 0)
		dial_quick(sock);
	return n > 0;
}

bool
dial_open(int *sock, int port, long long deadline, char *why, size_t cap)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(int);
	int one = 1, error = 0;

	to.sin_port = htons((uint16_t)port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*sock = socket(AF_INET, SOCK_STREAM, 0);
	if (*sock == -1 || fcntl(*sock, F_SETFD, FD_CLOEXEC) == -1 || fcntl(*sock, F_SETFL, O_NONBLOCK) == -1)
		err(exit_code(WX_TEMP), "cannot make a socket");
	(void)setsockopt(*sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(*sock, (struct sockaddr *)&to, sizeof(to)) == -1) {
		if (errno != EINPROGRESS)
			error = errno;
		else if (!dial_wait(*sock, POLLOUT, deadline))
			error = ETIMEDOUT;
		else
			(void)getsockopt(*sock, SOL_SOCKET, SO_ERROR, &error, &len);
	}
	if (error != 0)
		(void)snprintf(why, cap, "%s", strerror(error));
	return error == 0;
}

bool
dial_greeted(int sock, long long deadline, char *why, size_t cap)
{
	char buf[256];
	ssize_t n;

	while (dial_wait(sock, POLLIN, deadline)) {
		n = recv(sock, buf, sizeof(buf), MSG_PEEK);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0) {
			(void)snprintf(why, cap, "the connection was closed");
			return false;
		}
		if (n >= 8 && memcmp(buf, "SSH-2.0-", 8) == 0)
			return true;
		if (n >= 8 || memcmp(buf, "SSH-2.0-", (size_t)n) != 0) {
			(void)snprintf(why, cap, "no server of SSH answers there");
			return false;
		}
		(void)poll(NULL, 0, 1);
	}
	(void)snprintf(why, cap, "no answer");
	return false;
}

bool
dial_is_free(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, rc;

	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1)
		err(exit_code(WX_TEMP), "cannot make a socket");
	/* As the engine does, which else could not start again at once. */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	rc = bind(fd, (struct sockaddr *)&at, sizeof(at));
	if (rc == -1 && errno == EACCES)
		errx(exit_code(WX_FAIL), "cannot use port %d: below 1024, only root may; take another with -p", port);
	(void)close(fd);
	return rc == 0;
}
