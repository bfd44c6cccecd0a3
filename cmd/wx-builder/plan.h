/* SPDX-License-Identifier: MIT */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "libcommon/tool/strv.h"


/* A container that is to be. */
struct plan {
	const char *name;        /* of the builder */
	const char *container;
	const char *server, *store;   /* far, the store is a volume, and there is no server */
	const char *image;       /* as the engine has it */
	const char *asked;       /* as the caller said it */
	const char *pidfile;
	int         port;
	int         far_port;    /* on another host, its port there; 0: here */
	long        cpus;        /* 0: no limit */
	uint64_t    memory;      /* bytes; 0: no limit */
	bool        cgroup;      /* there is one to be had */
	bool        selinux;     /* enforcing */
};

/* "CPUS:BYTES", as it is kept in a label. */
void plan_limits(const struct plan *p, char *out, size_t cap);

/*
 * The plan as an engine's argv, without the program itself: pure functions of it. A path
 * that cannot be said there ends the program with a line.
 */
void plan_podman(const struct plan *p, struct strv *out);
void plan_container(const struct plan *p, struct strv *out);

#endif
