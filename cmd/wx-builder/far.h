/* SPDX-License-Identifier: MIT */
#ifndef FAR_H
#define FAR_H

#include <limits.h>

#include "builder.h"

/*
 * The tunnel to a builder on another host: one process of ssh(1), which stays when we
 * end, and makes two things of that host reachable here, the builder's port, on
 * 127.0.0.1, and podman's socket, in K. While it lives it holds a lock on K/tunnel, where its
 * pid is, and what it says; so it is known without its name, and if the pid is another's.
 */
enum tunnel {
	TUNNEL_NONE,   /* never made, or ended by stop */
	TUNNEL_CUT,    /* made, and ended otherwise */
	TUNNEL_UP,
};

enum tunnel far_tunnel(const struct builder *b);

/* The socket of podman that it makes. */
void far_socket(const struct builder *b, char out[static PATH_MAX]);

/* End the program with a line if the builder is on another host and its tunnel is not up. */
void far_must(const struct builder *b);

/*
 * Make it, by the words of PODMAN (a path) about the connection, within SECONDS, if it is
 * not up; the builder is locked. Ends the program with a line if it cannot be made. Until
 * far_keep it goes when we end, and so does K/connection if no port was remembered.
 */
void far_open(const struct builder *b, const char *podman, long seconds);
void far_keep(void);

/* The port on that host's 127.0.0.1 of the tunnel, and so the container's. */
int  far_port(const struct builder *b);

/* End it; there need be none. With OTHER the next far_open takes another far_port. */
void far_shut(const struct builder *b, int other);

#endif
