/* SPDX-License-Identifier: MIT */
/* libcommon/confine.h: what a parser of an attacker's bytes cannot do, whatever it is brought to. */
#include "libcommon/confine.h"
#include "libcommon/proc.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static int
listener(struct sockaddr_in *a)
{
	socklen_t len = sizeof(*a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*a = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd == -1 || bind(fd, (struct sockaddr *)a, len) == -1 || listen(fd, 4) == -1 ||
	    getsockname(fd, (struct sockaddr *)a, &len) == -1)
		exit(1);
	return fd;
}

static bool
denied(long rc)
{
	return rc == -1 && errno == EPERM;
}

/* One of the front's listeners, and the service of somebody else. */
static void
in_parser(int own, const struct sockaddr_in *other)
{
	const struct sockaddr *to = (const struct sockaddr *)other;
	struct iovec v = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr m = { .msg_name = (void *)(uintptr_t)other, .msg_namelen = sizeof(*other), .msg_iov = &v, .msg_iovlen = 1 };
	int fds[2];

	wx_confine_parser(false);
	ok(denied(open("/dev/null", O_RDONLY)), "a parser opens no file");
	ok(denied(socket(AF_INET, SOCK_STREAM, 0)) && denied(socketpair(AF_UNIX, SOCK_STREAM, 0, fds)), "and makes no socket");
	ok(denied(kill(getppid(), 0)) && denied(fork()), "it signals nobody, and starts nothing");
	ok(shutdown(own, SHUT_RD) == 0 && denied(connect(own, to, sizeof(*other))), "a listener is connected to nobody");
	ok(denied(sendto(own, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, to, sizeof(*other))), "nor by sendto with MSG_FASTOPEN");
	ok(denied(sendmsg(own, &m, MSG_FASTOPEN | MSG_NOSIGNAL)), "nor by sendmsg with it");
}

static void
in_child(void (*test)(int own, const struct sockaddr_in *other))
{
	struct sockaddr_in a, b;
	int own = listener(&a), other = listener(&b), status;
	char word[16] = "";
	int p[2];

	if (pipe(p) == -1)
		exit(1);
	(void)fflush(stdout);
	if (fork() == 0) {
		test(own, &b);
		(void)snprintf(word, sizeof(word), "%d %d", n, bad);
		(void)fflush(stdout);
		_exit(write(p[1], word, sizeof(word)) == (ssize_t)sizeof(word) ? 0 : 1);
	}
	(void)wait(&status);
	if (read(p[0], word, sizeof(word)) != (ssize_t)sizeof(word) || sscanf(word, "%d %d", &n, &bad) != 2)
		exit(1);
	(void)fcntl(other, F_SETFL, O_NONBLOCK);
	ok(accept(other, NULL, NULL) == -1, "nobody came to the service");
	(void)close(own);
	(void)close(other);
}

static void
in_pairs(int own, const struct sockaddr_in *other)
{
	int fds[2];
	char c = '\0';

	(void)own;
	(void)other;
	wx_confine_parser(true);
	ok(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0 && send(fds[0], "x", 1, 0) == 1 && recv(fds[1], &c, 1, 0) == 1 && c == 'x',
	    "where pairs are wanted they are made, and work");
}

static void
test_keep(void)
{
	int fds[6], keep[2], i;

	for (i = 0; i < 6; i++)
		fds[i] = dup(STDIN_FILENO);
	keep[0] = fds[4];
	keep[1] = fds[1];
	wx_proc_keep(keep, 2);
	for (i = 0; i < 6; i++)
		if ((fcntl(fds[i], F_GETFD) != -1) != (i == 1 || i == 4))
			break;
	ok(i == 6 && fcntl(STDERR_FILENO, F_GETFD) != -1, "of the descriptors those that were named are kept, and the first three");
}

int
main(void)
{
#if !defined(__SANITIZE_ADDRESS__) && (defined(__x86_64__) || defined(__aarch64__))
	in_child(in_parser);
#endif
	in_child(in_pairs);
	test_keep();
	printf("1..%d\n", n);
	return bad;
}
