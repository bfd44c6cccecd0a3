/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <net/if.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 256

/* As in mountns.c: a process of its own in our memory, while we wait. What it opens is ours too (CLONE_FILES). */
struct work {
	int           net, users;   /* the network namespace, and the user namespace that owns it */
	struct place *v;            /* sockets with a place, or NULL: */
	int          *fds;          /* those without, of which N are of IPv4, N of IPv6 */
	size_t        n, made;
	bool          block, ok;
};

static struct sockaddr_in
address_of(in_addr_t address, unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((in_port_t)port),
	    .sin_addr.s_addr = htonl(address) };
}

static bool
set_address(int sock, unsigned long request, in_addr_t address)
{
	struct ifreq r = { .ifr_name = "lo:wx" };
	struct sockaddr_in sa = address_of(address, 0);

	memcpy(&r.ifr_addr, &sa, sizeof(sa));
	return ioctl(sock, request, &r) == 0;
}

/* An address of lo with a mask makes all of that block local. */
static bool
bring_up(bool block)
{
	struct ifreq r = { .ifr_name = "lo" };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = sock != -1 && ioctl(sock, SIOCGIFFLAGS, &r) == 0;

	r.ifr_flags |= IFF_UP;
	ok = ok && ioctl(sock, SIOCSIFFLAGS, &r) == 0 && (!block ||
	    (set_address(sock, SIOCSIFADDR, PLACE_FIRST) && set_address(sock, SIOCSIFNETMASK, PLACE_MASK)));
	if (!ok)
		warn("cannot give the sandbox's loopback its addresses");
	helper_close(&sock, 1);
	return ok;
}

/* SO_REUSEPORT: what is bound to 127.0.0.1 goes before what is bound to any address at the same port. */
static bool
open_one(struct place *p)
{
	struct sockaddr_in sa = address_of(p->address, p->port);
	int on = 1;

	p->fd = socket(AF_INET, p->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd == -1 || setsockopt(p->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == -1 ||
	    bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    (p->type == SOCK_STREAM && listen(p->fd, BACKLOG) == -1)) {
		warn("cannot listen at port %u of the sandbox", p->port);
		return false;
	}
	return true;
}

static bool
open_clients(struct work *w)
{
	for (w->made = 0; w->made < 2 * w->n; w->made++) {
		w->fds[w->made] = socket(w->made < w->n ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (w->fds[w->made] == -1)
			break;
	}
	if (w->made == 2 * w->n || (w->made == w->n && errno == EAFNOSUPPORT))
		return true;
	warn("cannot make sockets in the sandbox's network");
	return false;
}

static int
inside(void *arg)
{
	struct work *w = arg;
	size_t i;

	if (setns(w->users, CLONE_NEWUSER) == -1 || setns(w->net, CLONE_NEWNET) == -1) {
		warn("cannot enter the sandbox's network");
		return 0;
	}
	if (w->v == NULL) {
		w->ok = open_clients(w);
		return 0;
	}
	w->ok = bring_up(w->block);
	for (i = 0; w->ok && i < w->n; i++)
		w->ok = open_one(&w->v[i]);
	return 0;
}

/* W's work, by a child. */
static void
enter(const char *netns, struct work *w)
{
	static _Alignas(16) char stack[64 << 10];
	pid_t pid = -1;

	w->net = open(netns, O_RDONLY | O_CLOEXEC);
	w->users = w->net == -1 ? -1 : helper_owner(w->net);
	if (w->users != -1)
		pid = clone(inside, stack + sizeof(stack), CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD, w);
	if (pid == -1)
		warn("cannot enter the sandbox's network");
	while (pid != -1 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	helper_close(&w->users, 1);
	helper_close(&w->net, 1);
	/* With new powers the kernel makes that what fs.suid_dumpable says (proc(5)). */
	w->ok &= prctl(PR_SET_DUMPABLE, 0) == 0;
}

bool
place_sockets(const char *netns, bool block, struct place *v, size_t n)
{
	struct work w = { .v = v, .n = n, .block = block };
	size_t i;

	for (i = 0; i < n; i++)
		v[i].fd = -1;
	enter(netns, &w);
	if (!w.ok)
		place_close(v, n);
	return w.ok;
}

size_t
place_clients(const char *netns, int fds[], size_t n)
{
	struct work w = { .fds = fds, .n = n };

	enter(netns, &w);
	if (!w.ok) {
		helper_close(fds, (int)w.made);
		return 0;
	}
	return w.made;
}

void
place_close(struct place *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		helper_close(&v[i].fd, 1);
}
