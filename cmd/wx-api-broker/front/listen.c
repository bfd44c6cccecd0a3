/* SPDX-License-Identifier: MIT */
#include "front.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/http1.h"
#include "libcommon/number.h"

#define BACKLOG 128

static int
start(int fd, const char *where)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(WX_FAIL, "cannot listen at '%s'", where);
	return fd;
}

static bool
is_loopback(const struct addrinfo *a)
{
	const struct sockaddr_in *v4 = (const void *)a->ai_addr;
	const struct sockaddr_in6 *v6 = (const void *)a->ai_addr;

	if (a->ai_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return a->ai_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* "127.0.0.1:80" or "[::1]:80" as an address; NULL: it is none. */
static struct addrinfo *
address(const char *where)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM };
	struct addrinfo *a = NULL;
	char host[64], port[8];
	unsigned n;
	size_t len = wx_http1_authority(where, strlen(where), &n);

	if (len == 0 || where[len] != ':' || len >= sizeof(host))
		return NULL;
	if (*where == '[')
		(void)snprintf(host, sizeof(host), "%.*s", (int)len - 2, where + 1);
	else
		(void)snprintf(host, sizeof(host), "%.*s", (int)len, where);
	(void)snprintf(port, sizeof(port), "%u", n);
	return getaddrinfo(host, port, &hints, &a) == 0 ? a : NULL;
}

int
listen_at(const char *where, bool far)
{
	struct addrinfo *a = address(where);
	int fd, on = 1;

	if (a == NULL)
		errx(WX_USAGE, "'%s' is not ADDRESS:PORT, in numbers", where);
	if (!far && !is_loopback(a))
		errx(WX_USAGE, "'%s' is not of the loopback: others on the network could use the secret; give the guest's word (-g)", where);
	fd = socket(a->ai_family, SOCK_STREAM, 0);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, a->ai_addr, a->ai_addrlen) == -1 || listen(fd, BACKLOG) == -1)
		err(errno == EADDRINUSE ? WX_TEMP : WX_FAIL, "cannot listen at '%s'", where);
	freeaddrinfo(a);
	return start(fd, where);
}

/* Its folder is not to be entered by others. */
static void
check_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	struct stat st;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path);
	if (stat(folder, &st) == -1)
		err(WX_FAIL, "cannot use folder '%s'", folder);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "refusing '%s': its folder is not yours alone (0700)", path);
}

/* A socket of the name that nobody serves any more, and nothing else, makes room. */
static void
remove_stale(const char *path, const struct sockaddr_un *at)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) == -1 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd != -1 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) == -1 && errno == ECONNREFUSED)
		(void)unlink(path);
	if (fd != -1)
		(void)close(fd);
}

int
listen_path(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd, bound;
	mode_t old;

	if (strlen(path) >= sizeof(at.sun_path))
		errx(WX_FAIL, "the path of a socket is too long: '%s'", path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	check_folder(path);
	remove_stale(path, &at);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	old = umask(0177);
	bound = fd == -1 ? -1 : bind(fd, (const struct sockaddr *)&at, sizeof(at));
	(void)umask(old);
	if (bound == -1 || listen(fd, BACKLOG) == -1)
		err(errno == EADDRINUSE ? WX_TEMP : WX_FAIL, "cannot listen at '%s'", path);
	return start(fd, path);
}

int
listen_given(const char *number)
{
	long fd = wx_number(number, 3, INT_MAX);
	int on = 0;
	socklen_t len = sizeof(on);

	if (fd == -1)
		errx(WX_USAGE, "'%s' is not the number of a descriptor above 2", number);
	if (getsockopt((int)fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == -1 || on == 0)
		errx(WX_USAGE, "descriptor %ld is not a listening socket", fd);
	return start((int)fd, number);
}
