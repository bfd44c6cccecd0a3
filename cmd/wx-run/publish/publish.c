/* SPDX-License-Identifier: MIT */
#include "publish.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/proc.h"
#include "net/net.h"

#define BACKLOG 128
#define END_MS 2000   /* for the relay to send the rest; it takes one second at the most */

_Static_assert(PUBLISH_FIRST + 2 * PUBLISH_LINKS + 2 * PUBLISH_MAX <= HELPER_FDS, "room for all of them");

/* There is one run. */
static int listeners[2 * PUBLISH_MAX], nlisteners, life = -1;
static unsigned ports[2 * PUBLISH_MAX];   /* inside, of each that listens */
static pid_t relay = -1;

/* A socket that listens at A, or -1 with errno. What it accepts has its options. */
static int
listen_at(const struct sockaddr *a, socklen_t len)
{
	int fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, saved;

	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    (a->sa_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, a, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static void
add(int fd, const struct published *q, const char *address)
{
	char *at = xprintf("%s:%u", address, q->host);

	if (fd == -1 && errno == EADDRINUSE)
		errx(WX_CHAIN, "cannot publish a port (--publish): '%s' of this machine is taken; name another, as in "
		    "--publish HOSTPORT:PORT", at);
	if (fd == -1)
		err(WX_CHAIN, "cannot publish a port (--publish) at '%s'", at);
	free(at);
	ports[nlisteners] = q->port;
	listeners[nlisteners++] = fd;
}

void
publish_listen(const struct plan *p)
{
	const struct published *q;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd;

	for (q = p->published; q < p->published + p->npublished; q++) {
		a.sin_port = a6.sin6_port = htons((in_port_t)q->host);
		add(listen_at((const struct sockaddr *)&a, sizeof(a)), q, "127.0.0.1");
		fd = listen_at((const struct sockaddr *)&a6, sizeof(a6));
		if (fd != -1 || (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL))
			add(fd, q, "[::1]");
	}
}

/* Its own are above those that it is to have: more than a small limit allows. */
static void
allow_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &l);
	}
}

/* The relay's descriptors: 0 LIFE, 1 and 2 nothing, then the N of INNER, then those that listen. */
static pid_t
start(int alive, const int inner[], int n)
{
	int fds[HELPER_FDS], number[HELPER_FDS], count = 0, i;
	struct strv argv = { 0 };
	pid_t self = getpid(), pid;

	fds[count] = alive;
	number[count++] = STDIN_FILENO;
	fds[count] = open("/dev/null", O_RDWR | O_CLOEXEC);
	number[count++] = STDERR_FILENO;
	strv_add(&argv, "wx-run");
	strv_add(&argv, PUBLISH_WORD);
	strv_addf(&argv, "%d", n);
	for (i = 0; i < n + nlisteners; i++) {
		fds[count] = i < n ? inner[i] : listeners[i - n];
		number[count++] = PUBLISH_FIRST + i;
		if (i >= n)
			strv_addf(&argv, "%u", ports[i - n]);
	}
	pid = fork();
	if (pid == 0) {
		allow_descriptors();
		helper_become("/proc/self/exe", &argv, fds, number, count, self, NULL);
	}
	if (pid == -1)
		warn("cannot start the relay of published ports");
	helper_close(fds + 1, 1);
	return pid;
}

bool
publish_start(const struct plan *p, pid_t pid)
{
	int inner[2 * PUBLISH_LINKS], n, pair[2] = { -1, -1 };
	char netns[32];

	if (p->npublished == 0)
		return true;
	(void)snprintf(netns, sizeof(netns), "/proc/%d/ns/net", (int)pid);
	n = (int)place_clients(netns, inner, PUBLISH_LINKS);
	if (n > 0 && pipe2(pair, O_CLOEXEC) == -1)
		warn("cannot make a pipe for the relay of published ports");
	if (pair[0] != -1)
		relay = start(pair[0], inner, n);
	/* From here on they are the relay's alone: when it dies nothing listens, and that shows. */
	helper_close(inner, n);
	helper_close(listeners, nlisteners);
	helper_close(pair, 1);
	nlisteners = 0;
	life = pair[1];
	return relay != -1;
}

void
publish_end(void)
{
	struct pollfd pfd = { .fd = -1, .events = POLLIN };

	if (relay == -1)
		return;
	if (waitpid(relay, NULL, WNOHANG) == relay) {
		warnx("the published ports were lost before the end: their relay died");
	} else {
		pfd.fd = wx_proc_fd(relay);
		helper_close(&life, 1);
		(void)poll(&pfd, 1, pfd.fd == -1 ? 0 : END_MS);
		helper_close(&pfd.fd, 1);
		(void)kill(relay, SIGKILL);
		(void)waitpid(relay, NULL, 0);
		life = -1;
	}
	relay = -1;
}
