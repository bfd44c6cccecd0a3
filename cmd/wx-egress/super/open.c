/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/number.h"
#include "libcommon/proc.h"
#include "link/link.h"
#include "super.h"

#define BACKLOG 256

static struct gate gates[SUPER_WANTS];

/* A socket that listens at ADDRESS:PORT, for the explicit proxy. */
static int
listen_at(const char *word, bool force)
{
	const char *colon = strrchr(word, ':');
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	long port = colon == NULL ? -1 : wx_number(colon + 1, 0, 65535);
	char host[WX_HOSTNAME_MAX];
	unsigned char addr[16];
	int family, fd, on = 1;

	if (port == -1 || !wx_hostname_literal(word, (size_t)(colon - word), &family, addr, host))
		errx(WX_USAGE, "cannot listen at '%s': an address and a port are wanted, as '127.0.0.1:3128'", word);
	memcpy(&in.sin_addr, addr, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, addr, sizeof(in6.sin6_addr));
	in.sin_port = in6.sin6_port = htons((uint16_t)port);
	if (!force && (family == AF_INET ? addr[0] != 127 : !IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)))
		errx(WX_USAGE, "refusing to listen at '%s': others could use it; --force if that is meant", word);
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		err(WX_TEMP, "cannot make a socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
	    family == AF_INET ? sizeof(in) : sizeof(in6)) == -1 || listen(fd, BACKLOG) == -1)
		err(WX_FAIL, "cannot listen at '%s'", word);
	return fd;
}

static int
option_of(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == -1 ? -1 : value;
}

/* "proxy", "dns", "any", "any/PORT", "to/N" */
static bool
kind_of(const char *word, size_t len, struct gate *g)
{
	char text[16];
	long n;

	if (len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	if (strcmp(text, "proxy") == 0) {
		g->way = WAY_PROXY;
	} else if (strcmp(text, "dns") == 0) {
		g->way = option_of(g->fd, SO_TYPE) == SOCK_DGRAM ? WAY_DNS_UDP : WAY_DNS_TCP;
	} else if (strcmp(text, "any") == 0) {
		g->way = WAY_ANY;
	} else if (strncmp(text, "any/", 4) == 0) {
		n = wx_number(text + 4, 1, 65535);
		g->way = WAY_ANY;
		g->port = (uint16_t)n;
		return n != -1;
	} else if (strncmp(text, "to/", 3) == 0) {
		n = wx_number(text + 3, 0, FORWARDS_MAX - 1);
		g->way = WAY_TO;
		g->forward = (uint8_t)n;
		return n != -1;
	} else {
		return false;
	}
	return true;
}

static void
take_socket(const char *word, struct gate *g)
{
	const char *eq = strchr(word, '=');
	long fd = eq == NULL ? -1 : wx_number(eq + 1, STDERR_FILENO + 1, 65535);
	int domain, type;

	g->fd = (int)fd;
	if (fd == -1 || !kind_of(word, (size_t)(eq - word), g))
		errx(WX_USAGE, "'-s %s': KIND=FD is wanted, where KIND is proxy, dns, any, any/PORT or to/N", word);
	domain = option_of(g->fd, SO_DOMAIN);
	type = option_of(g->fd, SO_TYPE);
	if (domain != AF_INET && domain != AF_INET6)
		errx(WX_USAGE, "'-s %s': descriptor %ld is no socket of the internet's", word, fd);
	if (g->way == WAY_DNS_UDP ? type != SOCK_DGRAM : type != SOCK_STREAM || option_of(g->fd, SO_ACCEPTCONN) != 1)
		errx(WX_USAGE, "'-s %s': descriptor %ld does not listen", word, fd);
	(void)fcntl(g->fd, F_SETFL, O_NONBLOCK);
	(void)fcntl(g->fd, F_SETFD, FD_CLOEXEC);
}

/* In a child of PARENT's. Nothing stays open in it but what it works with, and standard error. */
static _Noreturn void
become_front(const struct super *s, int orders, pid_t parent)
{
	int keep[SUPER_WANTS + 1] = { orders }, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	size_t i;

	wx_proc_die_with_parent(SIGKILL);
	if (getppid() != parent || null == -1 || dup2(null, STDIN_FILENO) == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(WX_FAIL);
	for (i = 0; i < s->nwants; i++)
		keep[i + 1] = gates[i].fd;
	wx_proc_keep(keep, s->nwants + 1);
	front_serve(gates, s->nwants, orders);
}

void
super_open(struct super *s)
{
	pid_t parent = getpid();
	int pair[2];
	size_t i;

	for (i = 0; i < s->nwants; i++) {
		if (s->wants[i].listen)
			gates[i] = (struct gate){ .fd = listen_at(s->wants[i].word, s->force), .way = WAY_PROXY };
		else
			take_socket(s->wants[i].word, &gates[i]);
	}
	if (link_pair(pair) == -1)
		err(WX_TEMP, "cannot make a socket");
	s->front = fork();
	if (s->front == -1)
		err(WX_TEMP, "cannot start a process");
	if (s->front == 0) {
		(void)close(pair[0]);
		become_front(s, pair[1], parent);
	}
	(void)close(pair[1]);
	s->orders = pair[0];
	/* The front has them; nobody else needs them. */
	for (i = 0; i < s->nwants; i++)
		(void)close(gates[i].fd);
}
