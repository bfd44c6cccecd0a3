/* SPDX-License-Identifier: MIT */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>
#include <stddef.h>

#define LISTENERS_MAX 16

/* A socket that takes connections for a route. */
struct listener {
	int    fd;
	size_t route;
};

/*
 * One at "ADDRESS:PORT", where the address is numeric and, without FAR, of this machine's loopback; at the path of a unix socket, which only
 * this user can reach; or the one that FD (a number) is already. Descriptors are close-on-exec and not to be waited on. Dies.
 */
int listen_at(const char *where, bool far);
int listen_path(const char *path);
int listen_given(const char *fd);

#endif
